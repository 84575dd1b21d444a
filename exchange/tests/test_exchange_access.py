"""Who we are for an endpoint: mutual TLS, pinned servers, bearer tokens, OAuth 2.0; sealed."""

import base64
import ssl
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from celery import current_app
from cryptography.fernet import Fernet
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from exchange.models import Endpoint
from exchange.selectors import endpoint_health
from exchange.services import (
    EndpointRefused,
    OAuthClient,
    SecretUnreadable,
    drain,
    pin_server_certificate,
    reseal_all,
    rotate_secret,
    signing_secrets,
    tokens,
    use_bearer_token,
    use_client_certificate,
    use_oauth_client,
    use_signature_only,
)
from exchange.services.access import token_source

from .factories import SECRET, make_due, make_endpoint, send
from .identities import NOW, Identity, made
from .receiver import Receiver, receiving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.delivery]
BECAUSE = {"by": None, "at": NOW, "reason": "Agreed with them."}


def server_tls(folder: Path, identity: Identity, *, clients_of: Identity | None = None):
    file = folder / "server.pem"
    file.write_text(identity.key + identity.certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    if clients_of:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=clients_of.certificate)
    return context


@pytest.fixture(autouse=True)
def bells(monkeypatch) -> None:
    """Nobody is woken: the tests drain themselves."""
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)
    tokens._kept.clear()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as running:
        yield running


@pytest.fixture
def endpoint(receiver) -> Endpoint:
    return make_endpoint(url=receiver.url, concurrency=4)


@pytest.fixture(scope="module")
def authority() -> Identity:
    return made("Utility CA")


def drain_now(endpoint: Endpoint) -> int:
    make_due()
    return drain(endpoint_id=endpoint.pk)


def states(endpoint: Endpoint) -> list[str]:
    return list(endpoint.messages.order_by("sequence").values_list("state", flat=True))


def test_with_mutual_tls_the_client_certificate_opens_the_door(authority, tmp_path):
    server, client = made("DERMS", issuer=authority), made("derportal", issuer=authority)
    tls = server_tls(tmp_path, server, clients_of=authority)
    with receiving(Receiver(tls=tls)) as receiver:
        endpoint = make_endpoint(url=receiver.url)
        send(endpoint)
        pin_server_certificate(endpoint=endpoint, certificate=authority.certificate, **BECAUSE)
        drain_now(endpoint)
        assert (states(endpoint), receiver.arrivals) == (["pending"], []), "it has no certificate"
        use_client_certificate(
            endpoint=endpoint, certificate=client.certificate, key=client.key, **BECAUSE
        )
        drain_now(endpoint)
        assert states(endpoint) == ["delivered"]
        assert receiver.peers == ["derportal"]


def test_only_the_pinned_server_is_spoken_to(authority, tmp_path):
    server = made("DERMS", issuer=authority)
    with receiving(Receiver(tls=server_tls(tmp_path, server))) as receiver:
        endpoint = make_endpoint(url=receiver.url)
        send(endpoint)
        drain_now(endpoint)
        assert "certificate verify failed" in endpoint.messages.get().last_error, "system CAs"
        stranger = made("Another CA").certificate
        pin_server_certificate(endpoint=endpoint, certificate=stranger, **BECAUSE)
        drain_now(endpoint)
        assert receiver.arrivals == []
        pin_server_certificate(endpoint=endpoint, certificate=server.certificate, **BECAUSE)
        drain_now(endpoint)
        assert states(endpoint) == ["delivered"], "its own certificate, without the CA"


def test_what_is_no_usable_certificate_is_refused(endpoint, authority):
    client, other = made("derportal", issuer=authority), made("other", issuer=authority)
    expired = made("old", issuer=authority, days=-1)
    for certificate, key, rule in (
        ("nonsense", client.key, "PEM"),
        (client.certificate, "nonsense", "PEM private key"),
        (client.certificate, other.key, "does not belong"),
        (expired.certificate, expired.key, "not valid now"),
        ("é", client.key, "PEM"),
    ):
        with pytest.raises(EndpointRefused, match=rule):
            use_client_certificate(endpoint=endpoint, certificate=certificate, key=key, **BECAUSE)
    with pytest.raises(EndpointRefused, match="not valid now"):
        pin_server_certificate(endpoint=endpoint, certificate=expired.certificate, **BECAUSE)
    assert not endpoint.decisions.exists()


def test_the_earliest_end_of_the_certificates_is_known(endpoint, authority):
    client = made("derportal", issuer=authority, days=20)
    pin_server_certificate(endpoint=endpoint, certificate=authority.certificate, **BECAUSE)
    use_client_certificate(
        endpoint=endpoint, certificate=client.certificate, key=client.key, **BECAUSE
    )
    assert abs(endpoint.certificate_expires_at - NOW - timedelta(days=20)) < timedelta(seconds=2)
    (health,) = endpoint_health()
    assert health.certificate_expires_at == endpoint.certificate_expires_at
    assert health.is_certificate_ending
    use_signature_only(endpoint=endpoint, **BECAUSE)
    assert not endpoint_health()[0].is_certificate_ending
    assert endpoint.certificate_expires_at - NOW > timedelta(days=80)


def test_a_bearer_token_comes_with_each_message_beside_the_signature(endpoint, receiver):
    use_bearer_token(endpoint=endpoint, token="a-token-of-theirs", **BECAUSE)
    send(endpoint)
    drain_now(endpoint)
    assert receiver.headers[0]["authorization"] == "Bearer a-token-of-theirs"
    assert "webhook-signature" in receiver.headers[0]
    use_signature_only(endpoint=endpoint, **BECAUSE)
    assert endpoint.sealed_credentials is None
    send(endpoint)
    drain_now(endpoint)
    assert "authorization" not in receiver.headers[1]
    for token in ("short", "with space here", "line\r\nbreak-here", "ünicode-token"):
        with pytest.raises(EndpointRefused, match="token"):
            use_bearer_token(endpoint=endpoint, token=token, **BECAUSE)


class TokenServer:
    """The token address, on the receiver: counts, and gives one token after the other."""

    def __init__(self, receiver: Receiver) -> None:
        self.count = 0
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answer: dict[str, object] | web.Response = {"expires_in": 3600}
        receiver.other = self.handle

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append((request.headers["Authorization"], dict(await request.post())))
        if isinstance(self.answer, web.Response):
            return web.Response(status=self.answer.status)
        self.count += 1
        told = {"access_token": f"token-{self.count}", "token_type": "Bearer", **self.answer}
        return web.json_response(told)


@pytest.fixture
def token_server(receiver, endpoint) -> TokenServer:
    server = TokenServer(receiver)
    client = OAuthClient(f"{receiver.url}/token", "derportal", "hush-hush", "cim.write")
    use_oauth_client(endpoint=endpoint, client=client, **BECAUSE)
    return server


def test_a_token_is_fetched_once_and_kept_over_drains(endpoint, receiver, token_server):
    for _ in range(3):
        for _ in range(6):
            send(endpoint)
        drain_now(endpoint)
    assert set(states(endpoint)) == {"delivered"}
    assert {each["authorization"] for each in receiver.headers} == {"Bearer token-1"}
    ((authorization, form),) = token_server.asked
    pair = base64.b64encode(b"derportal:hush-hush").decode()
    assert authorization == f"Basic {pair}"
    assert form == {"grant_type": "client_credentials", "scope": "cim.write"}


def test_a_token_is_fetched_again_when_its_time_is_over(endpoint, receiver, token_server):
    token_server.answer = {"expires_in": 31}
    send(endpoint)
    drain_now(endpoint)
    kept = next(iter(tokens._kept.values()))
    assert 0 < kept.good_until - time.monotonic() <= 1
    token_server.answer = {"expires_in": 5}
    tokens._kept.clear()
    for _ in range(2):
        send(endpoint)
        drain_now(endpoint)
    assert token_server.count == 3


def test_after_401_a_fresh_token_is_tried_once(endpoint, receiver, token_server):
    receiver.script = lambda seen, message, count: (
        web.Response(status=401)
        if seen.headers[count - 1]["authorization"] == "Bearer token-1"
        else None
    )
    for _ in range(4):
        send(endpoint)
    drain_now(endpoint)
    assert set(states(endpoint)) == {"delivered"}
    assert token_server.count == 2, "four messages, one fresh token"
    receiver.script = lambda *_: web.Response(status=401)
    send(endpoint)
    drain_now(endpoint)
    tries = endpoint.messages.latest("sequence").attempt_count
    assert (states(endpoint)[-1], token_server.count) == ("pending", 2 + tries)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (web.Response(status=401), "HTTP status 401"),
        (web.Response(status=302), "HTTP status 302"),
        ({"token_type": "mac"}, "no bearer token"),
        ({"access_token": "a\r\nb"}, "no bearer token"),
        ({"expires_in": "soon"}, "no token"),
    ],
)
def test_without_a_token_nothing_is_posted(endpoint, receiver, token_server, answer, error):
    token_server.answer = answer
    send(endpoint)
    drain_now(endpoint)
    assert (states(endpoint), receiver.arrivals) == (["pending"], [])
    assert error in endpoint.messages.get().last_error


def test_a_token_address_that_does_not_know_us_suspends(endpoint, receiver, token_server):
    token_server.answer = web.Response(status=401)
    for _ in range(3):
        send(endpoint)
    drain_now(endpoint)
    assert "no access token" in endpoint.decisions.last().reason
    assert endpoint.lease.suspended_at


def test_the_token_address_is_checked_like_the_endpoints_own(endpoint, settings):
    client = OAuthClient("http://169.254.169.254/token", "derportal", "hush-hush")
    with pytest.raises(EndpointRefused, match="not a public address"):
        use_oauth_client(endpoint=endpoint, client=client, **BECAUSE)


def test_no_secret_is_in_the_database_in_clear(endpoint, authority):
    client = made("derportal", issuer=authority)
    fresh = rotate_secret(endpoint=endpoint)
    canaries = [SECRET, fresh, "hush-hush", "a-token-of-theirs", client.key]
    canaries += [line for line in client.key.splitlines() if len(line) > 40]
    for use in (
        lambda: use_bearer_token(endpoint=endpoint, token="a-token-of-theirs", **BECAUSE),
        lambda: use_oauth_client(
            endpoint=endpoint,
            client=OAuthClient("http://127.0.0.1:9/", "derportal", "hush-hush"),
            **BECAUSE,
        ),
        lambda: use_client_certificate(
            endpoint=endpoint, certificate=client.certificate, key=client.key, **BECAUSE
        ),
    ):
        use()
        dump = dumped()
        for canary in canaries:
            assert canary not in dump
            assert canary.encode().hex() not in dump


def dumped() -> str:
    """Every row of every table as text, like a dump."""
    with connection.cursor() as cursor:
        texts = []
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT row_to_json(each)::text FROM "{table}" AS each')
            texts += [row[0] for row in cursor.fetchall()]
    return "\n".join(texts)


def test_sealed_credentials_cannot_be_moved_or_pass_for_another_kind(endpoint):
    other = make_endpoint("other")
    use_bearer_token(endpoint=endpoint, token="a-token-of-theirs", **BECAUSE)
    use_bearer_token(endpoint=other, token="another-token", **BECAUSE)
    Endpoint.objects.filter(pk=other.pk).update(sealed_credentials=endpoint.sealed_credentials)
    other.refresh_from_db()
    with pytest.raises(SecretUnreadable, match="another endpoint"):
        token_source(other)
    Endpoint.objects.filter(pk=endpoint.pk).update(sealed_credentials=endpoint.sealed_secret)
    endpoint.refresh_from_db()
    with pytest.raises(EndpointRefused):
        token_source(endpoint)


def test_after_resealing_the_old_key_may_go(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.DERPORTAL_SEALING_KEYS = [old]
    endpoint = make_endpoint()
    use_bearer_token(endpoint=endpoint, token="a-token-of-theirs", **BECAUSE)
    settings.DERPORTAL_SEALING_KEYS = [new, old]
    assert reseal_all() == 1
    settings.DERPORTAL_SEALING_KEYS = [new]
    endpoint.refresh_from_db()
    assert signing_secrets(endpoint=endpoint) == [SECRET]
    assert token_source(endpoint) is not None


def test_only_who_manages_endpoints_changes_credentials(endpoint, django_user_model):
    stranger = django_user_model.objects.create_user("other@utility.example", "x")
    with pytest.raises(PermissionDenied):
        use_bearer_token(
            endpoint=endpoint, token="a-token-of-theirs", by=stranger, at=NOW, reason="Mine."
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Endpoint.objects.filter(pk=endpoint.pk).update(authentication="bearer")
    assert not endpoint.decisions.exists()
