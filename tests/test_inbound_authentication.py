"""Who sends: a signature or a client certificate beside the token, over real HTTP (M1, F15)."""

import hashlib
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests
from django.db import IntegrityError, transaction
from standardwebhooks import Webhook

from cim.soap import envelope_of
from cim.xml import MAX_BYTES
from derportal.api import throttling
from exchange.models import Endpoint, InboundMessage
from exchange.services import (
    EndpointRefused,
    accept_from,
    rotate_secret,
    set_endpoint_active,
)
from exchange.tests.factories import (
    SECRET,
    make_endpoint,
    make_third_party,
    make_token,
    send,
)
from exchange.tests.identities import NOW, made
from exchange.tests.inbound_examples import codes_of, get_request

pytestmark = pytest.mark.django_db(transaction=True)
OTHER_SECRET = "whsec_" + "b3RoZXI=" * 8
PROXY_HEADER = "X-Client-Certificate"
PEM = made("DERMS").certificate
DER = ssl.PEM_cert_to_DER_cert(PEM)
PINNED = hashlib.sha256(DER).hexdigest()
BECAUSE: dict[str, Any] = {"by": None, "at": NOW, "reason": "They asked."}
Post = Callable[..., requests.Response]


@pytest.fixture(autouse=True)
def _fresh_throttle() -> None:
    throttling._counts.clear()


@pytest.fixture
def post(live_server: Any) -> Post:
    """POST a body to the portal with these headers, over a socket."""

    def posted(
        body: bytes, headers: dict[str, str], path: str = "/cim/v1/messages"
    ) -> requests.Response:
        headers = {"Content-Type": "application/xml", **headers}
        return requests.post(live_server.url + path, data=body, headers=headers, timeout=60)

    return posted


def allow(endpoint: Endpoint, *ways: str, certificate: str = PEM) -> Endpoint:
    accept_from(endpoint=endpoint, ways=ways, certificate=certificate, **BECAUSE)
    return endpoint


def signed(
    endpoint: Endpoint, body: bytes, secret: str = SECRET, age: timedelta = timedelta()
) -> dict[str, str]:
    at, number = datetime.now(UTC) - age, str(uuid4())
    return {
        "X-Endpoint": str(endpoint.mrid),
        "webhook-id": number,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(number, at, body.decode()),
    }


def outcome(answer: requests.Response) -> tuple[int, list[str]]:
    return answer.status_code, codes_of(answer.content)


def refused(answer: requests.Response) -> tuple[int, list[str]]:
    """How it was refused, and that nothing of it reached the inbox."""
    assert not InboundMessage.objects.exists()
    return outcome(answer)


def question() -> bytes:
    """A request that is taken and answered: there is no such DER."""
    return get_request("EndDeviceConfig", str(uuid4()))


TAKEN = (200, ["2.15"])


class TestSignature:
    @pytest.fixture
    def endpoint(self) -> Endpoint:
        return allow(make_endpoint(), "signature")

    def test_a_signed_message_is_taken_and_a_replay_has_no_second_effect(
        self, endpoint: Endpoint, post: Post
    ) -> None:
        body = question()
        headers = signed(endpoint, body)
        first, again = post(body, headers), post(body, headers)
        assert outcome(first) == TAKEN
        assert again.content == first.content
        assert InboundMessage.objects.get(endpoint=endpoint).duplicate_count == 1

    def test_an_envelope_is_signed_as_it_is_posted(self, endpoint: Endpoint, post: Post) -> None:
        body = envelope_of(question())
        answer = post(body, signed(endpoint, body), "/cim/soap/Messages")
        assert answer.status_code == 200
        assert InboundMessage.objects.get().endpoint == endpoint

    def test_during_a_rotation_both_secrets_count_then_the_new_one_alone(
        self, endpoint: Endpoint, post: Post
    ) -> None:
        fresh, body = rotate_secret(endpoint=endpoint), question()
        for secret in (SECRET, fresh):
            assert outcome(post(body, signed(endpoint, body, secret))) == TAKEN
        last = rotate_secret(endpoint=endpoint, keep_previous=False)
        assert outcome(post(body, signed(endpoint, body, last))) == TAKEN
        assert outcome(post(body, signed(endpoint, body, fresh))) == (401, ["7.4"])

    def test_one_of_several_signatures_is_enough(self, endpoint: Endpoint, post: Post) -> None:
        body = question()
        headers = signed(endpoint, body)
        headers["webhook-signature"] = f"v1,AAAA v2,x {headers['webhook-signature']}"
        assert outcome(post(body, headers)) == TAKEN

    @pytest.mark.parametrize(
        "change",
        [
            {"webhook-id": "another"},
            {"webhook-timestamp": "soon"},
            {"webhook-timestamp": ""},
            {"webhook-signature": "v1,AAAA"},
            {"webhook-signature": ""},
            {"X-Endpoint": ""},
            {"X-Endpoint": "DERMS"},
            {"X-Endpoint": str(uuid4())},
        ],
    )
    def test_what_the_secret_did_not_sign_is_refused(
        self, endpoint: Endpoint, post: Post, change: dict[str, str]
    ) -> None:
        body = question()
        headers = {**signed(endpoint, body), **change}
        assert refused(post(body, headers)) == (401, ["7.4"])

    def test_another_body_another_secret_another_endpoint(
        self, endpoint: Endpoint, post: Post
    ) -> None:
        body, other = question(), allow(make_third_party(), "signature")
        rotate_secret(endpoint=other, keep_previous=False)
        assert refused(post(question(), signed(endpoint, body))) == (401, ["7.4"])
        assert refused(post(body, signed(endpoint, body, OTHER_SECRET))) == (401, ["7.4"])
        assert refused(post(body, signed(other, body))) == (401, ["7.4"])

    @pytest.mark.parametrize("minutes", [6, -6])
    def test_a_signature_is_good_for_five_minutes(
        self, endpoint: Endpoint, post: Post, minutes: int
    ) -> None:
        body = question()
        headers = signed(endpoint, body, age=timedelta(minutes=minutes))
        assert refused(post(body, headers)) == (403, ["7.7"])

    def test_a_stopped_endpoint_sends_nothing(self, endpoint: Endpoint, post: Post) -> None:
        set_endpoint_active(endpoint=endpoint, is_active=False)
        body = question()
        assert refused(post(body, signed(endpoint, body))) == (401, ["7.4"])

    def test_a_message_of_ours_that_is_sent_back_is_refused(
        self, endpoint: Endpoint, post: Post
    ) -> None:
        """The secret signs both ways."""
        body = bytes(send(endpoint).body)
        assert outcome(post(body, signed(endpoint, body))) == (200, ["2.14"])
        assert InboundMessage.objects.get().state == "rejected"

    def test_a_body_over_five_megabytes_is_refused(self, endpoint: Endpoint, post: Post) -> None:
        body = b"<" + b"x" * MAX_BYTES
        assert refused(post(body, signed(endpoint, body))) == (413, ["3.1"])


class TestCertificate:
    @pytest.fixture(autouse=True)
    def _proxy(self, settings: Any) -> None:
        settings.INBOUND_CERTIFICATE_HEADER = PROXY_HEADER

    @pytest.fixture
    def endpoint(self) -> Endpoint:
        return allow(make_endpoint(), "mutual_tls")

    def headers(self, endpoint: Endpoint, told: str) -> dict[str, str]:
        return {"X-Endpoint": str(endpoint.mrid), PROXY_HEADER: told}

    @pytest.mark.parametrize(
        "told",
        [
            PINNED,
            PINNED.upper(),
            ":".join(PINNED[at : at + 2] for at in range(0, 64, 2)),
            quote(PEM, safe=""),
        ],
        ids=["digits", "capitals", "colons", "PEM"],
    )
    def test_the_pinned_certificate_is_enough(
        self, endpoint: Endpoint, post: Post, told: str
    ) -> None:
        assert outcome(post(question(), self.headers(endpoint, told))) == TAKEN
        assert InboundMessage.objects.get().endpoint == endpoint

    @pytest.mark.parametrize(
        "told",
        [
            PINNED[:-1] + "x",
            hashlib.sha256(b"another").hexdigest(),
            hashlib.sha1(DER).hexdigest(),
            quote(ssl.DER_cert_to_PEM_cert(b"another"), safe=""),
            "-----BEGIN CERTIFICATE-----",
            "None",
        ],
        ids=["no digit", "another", "SHA-1", "another PEM", "no PEM", "nothing"],
    )
    def test_any_other_is_not(self, endpoint: Endpoint, post: Post, told: str) -> None:
        assert refused(post(question(), self.headers(endpoint, told))) == (401, ["7.4"])

    def test_it_is_believed_for_the_endpoint_that_pinned_it_only(
        self, endpoint: Endpoint, post: Post
    ) -> None:
        for name in ("", str(uuid4()), str(make_third_party().mrid)):
            headers = {"X-Endpoint": name, PROXY_HEADER: PINNED}
            assert refused(post(question(), headers)) == (401, ["7.4"])

    def test_without_the_setting_the_header_says_nothing(
        self, endpoint: Endpoint, post: Post, settings: Any
    ) -> None:
        settings.INBOUND_CERTIFICATE_HEADER = ""
        assert refused(post(question(), self.headers(endpoint, PINNED))) == (401, ["7.2"])


class TestWhichMaySend:
    """Proven, but not in the way that the endpoint's settings allow."""

    def test_only_the_ways_of_its_settings(self, post: Post, settings: Any) -> None:
        settings.INBOUND_CERTIFICATE_HEADER = PROXY_HEADER
        endpoint, body = make_endpoint(), question()
        allow(endpoint, "bearer")
        ways = {
            "bearer": {"Authorization": f"Bearer {make_token(endpoint, 'message:send')}"},
            "signature": signed(endpoint, body),
            "mutual_tls": {"X-Endpoint": str(endpoint.mrid), PROXY_HEADER: PINNED},
        }
        for allowed in ways:
            allow(endpoint, allowed)
            for way, headers in ways.items():
                expected = TAKEN if way == allowed else (403, ["7.3"])
                assert outcome(post(body, headers)) == expected, (allowed, way)
        allow(endpoint, *ways)
        assert {outcome(post(body, each))[0] for each in ways.values()} == {200}

    def test_a_new_endpoint_sends_with_a_token(self) -> None:
        assert make_endpoint().inbound_authentications == ["bearer"]

    def test_the_change_is_on_record(self) -> None:
        endpoint = allow(make_endpoint(), "signature", "bearer")
        reason = endpoint.decisions.get().reason
        assert "bearer -> bearer, signature; certificate " + PINNED in reason

    @pytest.mark.parametrize(
        ("ways", "certificate", "field", "said"),
        [
            ([], "", "ways", "at least one"),
            (["password"], "", "ways", "password: choose from"),
            (["mutual_tls"], " ", "certificate", "needs the sender's client certificate"),
            (["bearer"], "PEM", "certificate", "must be PEM"),
            (["bearer"], PEM[:-90], "certificate", "must be PEM"),
            (["bearer"], PEM + "x" * 50_000, "certificate", "over 50,000 characters"),
            (["bearer"], "".join(made("DERMS")), "certificate", "holds a private key"),
            (["bearer"], made("DERMS", days=-1).certificate, "certificate", "it ended on"),
        ],
        ids=["none", "unknown", "missing", "text", "cut", "long", "key", "old"],
    )
    def test_settings_that_cannot_be_are_refused_by_name(
        self, ways: list[str], certificate: str, field: str, said: str
    ) -> None:
        endpoint = make_endpoint()
        with pytest.raises(EndpointRefused, match=said) as refused:
            accept_from(endpoint=endpoint, ways=ways, certificate=certificate, **BECAUSE)
        assert set(refused.value.message_dict) == {field}
        assert not endpoint.decisions.exists()

    def test_of_a_chain_the_first_is_pinned_and_nothing_else_is_kept(self) -> None:
        authority = made("CA")
        leaf = made("DERMS", issuer=authority, days=20)
        endpoint = make_endpoint()
        chain = f"words {leaf.certificate}{authority.certificate}"
        accept_from(endpoint=endpoint, ways=["mutual_tls"], certificate=chain, **BECAUSE)
        endpoint.refresh_from_db()
        assert endpoint.inbound_certificate == leaf.certificate
        der = ssl.PEM_cert_to_DER_cert(leaf.certificate)
        assert endpoint.inbound_certificate_sha256 == hashlib.sha256(der).hexdigest()
        assert endpoint.certificate_expires_at is not None
        assert (endpoint.certificate_expires_at - NOW).days in (19, 20)

    @pytest.mark.parametrize(
        "facts",
        [
            {"inbound_authentications": []},
            {"inbound_authentications": ["password"]},
            {"inbound_authentications": ["mutual_tls"]},
            {"inbound_certificate_sha256": "x"},
        ],
    )
    def test_the_database_refuses_them_too(self, facts: dict[str, Any]) -> None:
        make_endpoint()
        with pytest.raises(IntegrityError), transaction.atomic():
            Endpoint.objects.update(**facts)
