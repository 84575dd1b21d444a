"""The endpoint console: how messages go to an endpoint, and who we are there."""

import json
import ssl

import pytest
from aiohttp import web
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange.models import EndpointCheck
from exchange.services import access, change_settings

from .factories import make_endpoint, make_third_party
from .identities import made
from .receiver import Receiver, receiving

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_bells(monkeypatch):
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def pool(gridpool):
    return make_third_party("GridPool DERMS", owner=gridpool.mrid)


@pytest.fixture
def integrator(tara):
    client = Client()
    client.force_login(tara)
    return client


def page(name, endpoint):
    return reverse(f"messages:{name}", args=[endpoint.mrid])


def filled(endpoint, **changes):
    """The settings as the form sends them, with these changes."""
    facts = {
        "url": endpoint.url, "format": "cim_xml", "transport": "http", "is_typed": "on",
        "after_failure": "block", "retry_profile": "registry", "concurrency": "8",
        "edition": "1", "reason": "The receiver changed",
    }  # fmt: skip
    return {**facts, **changes}


class TestSettings:
    def test_the_form_shows_what_is_so_and_changes_it(self, integrator, pool):
        url = page("endpoint-edit", pool)
        shown = integrator.get(url).context["form"]
        assert shown["url"].value() == pool.url
        response = integrator.post(url, filled(pool, transport="soap", messages_per_second="5"))
        assert response.url == page("endpoint-settings", pool)
        pool.refresh_from_db()
        assert (pool.transport, pool.messages_per_second) == ("soap", 5)
        text = integrator.get(response.url).content.decode()
        assert "SOAP 1.1" in text
        assert "The receiver changed" in text

    @pytest.mark.parametrize(
        ("field", "changes"),
        [
            ("reason", {"reason": ""}),
            ("url", {"url": "ftp://derms.example/"}),
            ("concurrency", {"concurrency": "65"}),
            ("messages_per_second", {"messages_per_second": "0"}),
            ("namespace_year", {"namespace_year": "12"}),
            ("edition", {"edition": "9"}),
            ("transport", {"transport": "pigeon"}),
            ("__all__", {"format": "json", "transport": "soap"}),
            ("__all__", {"retry_profile": "dispatch"}),
        ],
    )
    def test_what_breaks_a_rule_is_said_at_its_field(self, integrator, pool, field, changes):
        response = integrator.post(page("endpoint-edit", pool), filled(pool, **changes))
        assert response.status_code == 400
        assert set(response.context["form"].errors) == {field}
        before = pool.url, pool.format
        pool.refresh_from_db()
        assert (pool.url, pool.format) == before

    def test_a_json_endpoint_is_tested_by_its_status_alone(self, integrator, pool, monkeypatch):
        bodies = []

        async def take(request):
            bodies.append(json.loads(await request.text()))
            return web.Response(status=204)

        receiver = Receiver()
        monkeypatch.setattr(receiver, "handle", take)
        with receiving(receiver):
            changes = {"format": "json", "url": receiver.url}
            integrator.post(page("endpoint-edit", pool), filled(pool, **changes))
            integrator.post(page("endpoint-test", pool))
        check = integrator.get(page("endpoint-setup", pool)).context["check"]
        assert [each.state for each in check["findings"]] == ["ok", "ok"]
        assert EndpointCheck.objects.get().is_passed
        assert len(bodies) == 1

    def test_a_foreign_endpoint_is_not_changed(self, integrator):
        foreign = make_endpoint()
        for name in (
            "endpoint-edit",
            "endpoint-authentication",
            "endpoint-server",
            "endpoint-proofs",
        ):
            assert integrator.get(page(name, foreign)).status_code == 404
            assert integrator.post(page(name, foreign), filled(foreign)).status_code == 404

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({}, "one XML document, an IEC 61968-100 event: typed"),
            ({"is_typed": False}, "event: the generic EventMessage"),
            ({"transport": "soap"}, "a SOAP 1.1 envelope"),
            ({"format": "json"}, "a JSON notice"),
        ],
    )
    def test_the_guide_says_what_comes_as_the_endpoint_is_set(
        self, integrator, pool, changes, said
    ):
        change_settings(endpoint=pool, by=None, at=timezone.now(), reason="x", **changes)
        words = " ".join(integrator.get(page("endpoint-guide", pool)).content.decode().split())
        assert said in words
        assert ("2xx, within" in words) == ("format" in changes)
        assert ("EndDeviceConfig.xsd" in words) != ("format" in changes)


class TestAuthentication:
    def test_a_bearer_token_is_sealed_and_never_shown(self, integrator, pool):
        url = page("endpoint-authentication", pool)
        facts = {"kind": "bearer", "token": "a-token-of-ours", "reason": "Their gateway asks"}
        assert integrator.post(url, facts).status_code == 302
        pool.refresh_from_db()
        assert access.token_source(pool) is not None
        assert b"a-token-of-ours" not in bytes(pool.sealed_credentials)
        assert "a-token-of-ours" not in integrator.get(url).content.decode()

    @pytest.mark.parametrize(
        ("kind", "fields"),
        [
            ("bearer", {"token"}),
            ("oauth2", {"token_url", "client_id", "client_secret"}),
            ("mutual_tls", {"certificate", "key"}),
            ("carrier pigeon", {"kind"}),
        ],
    )
    def test_what_a_kind_needs_is_asked_for_at_its_field(self, integrator, pool, kind, fields):
        url = page("endpoint-authentication", pool)
        response = integrator.post(url, {"kind": kind, "reason": "x"})
        assert set(response.context["form"].errors) == fields

    def test_a_certificate_that_is_none_is_refused(self, integrator, pool):
        url = page("endpoint-server", pool)
        response = integrator.post(url, {"certificate": "no PEM", "reason": "x"})
        assert response.status_code == 400
        assert "must be PEM" in str(response.context["form"].errors)
        assert integrator.post(url, {"certificate": "", "reason": "x"}).status_code == 302


class TestWhoMaySend:
    @pytest.fixture(autouse=True)
    def _proxy(self, settings):
        settings.INBOUND_CERTIFICATE_HEADER = "X-Client-Certificate"

    @pytest.fixture
    def form(self, pool):
        """The form as it is sent with nothing changed, and these changes."""

        def filled(**changes):
            return {"ways": ["bearer"], "certificate": "", "reason": "Their new gateway", **changes}

        return filled

    def test_a_pasted_certificate_is_pinned_and_shown_in_words(self, integrator, pool, form):
        url, pem = page("endpoint-proofs", pool), made("<b>GridPool</b>").certificate
        assert "is_confirmed" not in integrator.get(url).context["form"].fields
        answer = integrator.post(url, form(ways=["bearer", "mutual_tls"], certificate=pem))
        assert answer.url == page("endpoint-settings", pool)
        text = integrator.get(answer.url).content.decode()
        assert "proven by: Bearer token, Client certificate (mutual TLS)" in text
        assert "CN=\\&lt;b\\&gt;GridPool\\&lt;/b\\&gt;" in text
        pool.refresh_from_db()
        assert (
            ":".join(pool.inbound_certificate_sha256[at : at + 2] for at in (0, 2)).upper() in text
        )
        assert "Their new gateway" in text
        assert integrator.get(url).context["form"]["certificate"].value() == pem

    @pytest.mark.parametrize("kind", ["PEM", "DER"])
    def test_a_file_is_as_good_and_stands_in_the_text_when_asked_again(
        self, integrator, pool, form, kind
    ):
        url, pem = page("endpoint-proofs", pool), made("<b>GridPool</b>").certificate
        content = pem.encode() if kind == "PEM" else ssl.PEM_cert_to_DER_cert(pem)
        file = SimpleUploadedFile("c.pem", content)
        answer = integrator.post(url, form(ways=["mutual_tls"], file=file))
        assert set(answer.context["form"].errors) == {"is_confirmed"}
        assert answer.context["form"]["certificate"].value() == pem
        text = answer.content.decode()
        assert "Subject CN=\\&lt;b\\&gt;GridPool\\&lt;/b\\&gt;, issuer" in text
        assert "refused from then on: Bearer token." in text
        again = form(ways=["mutual_tls"], certificate=pem, is_confirmed="on")
        assert integrator.post(url, again).status_code == 302
        pool.refresh_from_db()
        assert pool.inbound_authentications == ["mutual_tls"]

    def test_what_locks_it_out_is_asked_twice(self, integrator, pool, form, settings):
        url, first = page("endpoint-proofs", pool), made("One").certificate
        integrator.post(url, form(ways=["bearer", "mutual_tls"], certificate=first))
        second = form(ways=["bearer", "mutual_tls"], certificate=made("Two").certificate)
        settings.INBOUND_CERTIFICATE_HEADER = ""
        said = str(integrator.post(url, second).context["form"].errors)
        assert "the certificate before are refused" in said
        assert "does not pass on client certificates" in said
        away = form(ways=["bearer"], certificate=first)
        said = str(integrator.post(url, away).context["form"].errors)
        assert "no API credentials yet" in said
        assert pool.decisions.count() == 1

    @pytest.mark.parametrize(
        ("field", "changes"),
        [
            ("reason", {"reason": " "}),
            ("ways", {"ways": []}),
            ("ways", {"ways": ["password"]}),
            ("certificate", {"ways": ["mutual_tls"]}),
            ("certificate", {"certificate": "A1:B2"}),
            ("certificate", {"file": SimpleUploadedFile("c.pem", b"-----BEGIN \xff")}),
            ("certificate", {"file": SimpleUploadedFile("c.der", b"no certificate")}),
            ("file", {"file": SimpleUploadedFile("c.pem", b"")}),
            ("file", {"file": SimpleUploadedFile("c.pem", b"x" * 50_001)}),
        ],
    )
    def test_what_breaks_a_rule_is_said_at_its_field(self, integrator, pool, form, field, changes):
        response = integrator.post(page("endpoint-proofs", pool), form(**changes))
        assert response.status_code == 400
        assert set(response.context["form"].errors) == {field}
        assert not pool.decisions.exists()
