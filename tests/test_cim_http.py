"""Messages into the portal over plain HTTP, from a real socket to the row and back (M1, M2)."""

import re
import socket
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from cim.envelope import ReplyResult, Verb
from cim.messages import read
from cim.profiles import end_device_config, master_data_linkage_config
from cim.soap import envelope_of
from cim.validation import validate
from cim.xml import MAX_BYTES
from customers.selectors import User
from derportal.api import throttling
from derportal.cim_api import posts
from exchange.models import Endpoint, InboundMessage
from exchange.services import set_endpoint_active
from exchange.tests.factories import make_endpoint, make_third_party, make_token
from exchange.tests.inbound_examples import codes_of, event, get_request

from .journey import Walk

URL = "/cim/v1/messages"
SEND = "message:send"


@pytest.fixture(autouse=True)
def _fresh_throttle() -> None:
    throttling._counts.clear()


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return make_endpoint()


def send(endpoint: Endpoint, body: bytes, scope: str = SEND, **headers: str) -> Any:
    """POST a message with a token of the endpoint."""
    headers = {"authorization": f"Bearer {make_token(endpoint, scope)}", **headers}
    client = Client(enforce_csrf_checks=True, headers=headers)
    return client.post(URL, body, content_type="application/xml")


def reason_of(body: bytes) -> str:
    """What the answer's only error says."""
    reply = read(body).reply
    assert reply is not None
    [error] = reply.errors
    return error.reason


@pytest.mark.django_db(transaction=True)
def test_a_derms_asks_for_a_der_over_the_wire(live_server: Any, journey: Walk) -> None:
    endpoint, other = make_endpoint(), make_third_party()
    der = journey("permission_to_operate").proposed_der
    body = get_request("EndDeviceConfig", str(der.mrid), timestamp=timezone.now())
    answers = [
        requests.post(
            live_server.url + URL,
            data=body,
            headers={"Authorization": f"Bearer {make_token(sender, SEND)}"},
            timeout=30,
        )
        for sender in (endpoint, endpoint, other)
    ]
    first, again, foreign = answers
    assert (first.status_code, first.headers["Content-Type"]) == (
        200,
        "application/xml; charset=utf-8",
    )
    assert validate(first.content) == []
    told = end_device_config.from_element(read(first.content).payload)
    assert (told.mrid, told.version) == (str(der.mrid), der.version)
    assert again.content == first.content
    assert codes_of(foreign.content) == ["2.15"]
    assert InboundMessage.objects.get(endpoint=endpoint).duplicate_count == 1


@pytest.mark.django_db
class TestReading:
    def test_the_message_of_the_quickstart_is_answered(self, journey: Walk) -> None:
        endpoint = make_endpoint()
        der = journey("permission_to_operate").proposed_der
        text = (settings.BASE_DIR / "docs" / "integrators" / "quickstart.md").read_text("utf-8")
        message = "<RequestMessage" + text.partition("<RequestMessage")[2].partition("XML\n")[0]
        message = message.replace("$DER", str(der.mrid))
        message = re.sub(r"\$\(.*?\)\)'\)", str(uuid4()), message)
        answer = send(endpoint, message.encode())
        assert "$" not in message
        assert end_device_config.from_element(read(answer.content).payload).mrid == str(der.mrid)

    def test_the_typed_message_of_the_guide_is_valid_and_answered(self, journey: Walk) -> None:
        endpoint = make_endpoint()
        der = journey("permission_to_operate").proposed_der
        text = (settings.BASE_DIR / "docs" / "integrators" / "messages.md").read_text("utf-8")
        message = text.partition("```xml\n")[2].partition("```")[0]
        message = re.sub(r"<ID>.*</ID>", f"<ID>{der.mrid}</ID>", message)
        assert validate(message.encode()) == []
        answer = send(endpoint, message.encode())
        assert end_device_config.from_element(read(answer.content).payload).mrid == str(der.mrid)

    def test_the_linkage_names_the_agreement_and_the_tariff(self, journey: Walk) -> None:
        endpoint = make_endpoint()
        der = journey("permission_to_operate").proposed_der
        answer = send(endpoint, get_request("MasterDataLinkageConfig", str(der.mrid)))
        told = master_data_linkage_config.from_element(read(answer.content).payload)
        assert (told.der_mrid, told.pricing_structure.name) == (str(der.mrid), "CA-NBT")

    def test_a_foreign_der_is_answered_like_an_absent_one(self, journey: Walk) -> None:
        make_endpoint()
        der = journey("permission_to_operate").proposed_der
        stranger = make_third_party()
        answers = []
        for mrid in (str(der.mrid), str(uuid4()), "DER 7"):
            reply = read(send(stranger, get_request("EndDeviceConfig", mrid)).content).reply
            assert reply.errors[0].id.value == mrid
            answers.append((reply.result, reply.errors[0].code, reply.errors[0].reason))
        assert set(answers) == {(ReplyResult.FAILED, "2.15", "there is no such DER")}

    @pytest.mark.parametrize(("mrids", "code"), [((), "1.6"), (("a", "b"), "3.1")])
    def test_one_der_is_asked_for(
        self, endpoint: Endpoint, mrids: tuple[str, ...], code: str
    ) -> None:
        assert codes_of(send(endpoint, get_request("EndDeviceConfig", *mrids)).content) == [code]


@pytest.mark.django_db
class TestNobodyIsHere:
    def test_an_unknown_noun(self, endpoint: Endpoint) -> None:
        answer = send(endpoint, get_request("PanPricings"))
        assert (answer.status_code, codes_of(answer.content)) == (200, ["2.5"])
        words = "Header/Noun 'PanPricings' is not handled here; only CustomerAgreements, "
        assert words in reason_of(answer.content)

    def test_a_verb_that_is_not_handled(self, endpoint: Endpoint) -> None:
        answer = send(endpoint, event(verb=Verb.CANCELED))
        assert codes_of(answer.content) == ["2.9"]
        words = "Header/Verb 'canceled' is not handled for EndDeviceConfig; only get"
        assert reason_of(answer.content) == words

    def test_a_verb_that_does_not_exist(self, endpoint: Endpoint) -> None:
        body = get_request().replace(b">get<", b">fetch<")
        answer = send(endpoint, body)
        assert (answer.status_code, codes_of(answer.content)) == (400, ["2.9"])
        assert reason_of(answer.content).startswith("Header/Verb 'fetch' is none of cancel, ")

    @pytest.mark.parametrize(
        ("bad", "good", "code", "words"),
        [
            (b' xmlns="http://iec.ch/TC57/2011/schema/message"', b"", "1.8", "its namespace is ''"),
            (b"<Noun>EndDeviceConfig</Noun>", b"", "1.5", "Header/Noun is missing"),
            (b"<Verb>get</Verb>", b"", "1.5", "Header/Verb is missing"),
            (b"Header>", b"Head>", "1.5", "RequestMessage/Header is missing"),
        ],
    )
    def test_what_is_missing_in_a_message_is_named(
        self, endpoint: Endpoint, bad: bytes, good: bytes, code: str, words: str
    ) -> None:
        body = get_request()
        assert bad in body
        answer = send(endpoint, body.replace(bad, good))
        assert (answer.status_code, codes_of(answer.content)) == (400, [code])
        assert words in reason_of(answer.content)

    def test_an_envelope_of_soap_is_sent_to_soap(self, endpoint: Endpoint) -> None:
        answer = send(endpoint, envelope_of(get_request()))
        assert "a SOAP envelope goes to an address of SOAP" in reason_of(answer.content)

    def test_malformed_xml(self, endpoint: Endpoint) -> None:
        answer = send(endpoint, get_request()[:-9])
        assert (answer.status_code, codes_of(answer.content)) == (400, ["1.8"])
        assert InboundMessage.objects.get().state == "rejected"


@pytest.mark.django_db
class TestWhoMaySend:
    def refused(self, answer: Any) -> tuple[int, list[str]]:
        assert InboundMessage.objects.count() == 0
        return answer.status_code, codes_of(answer.content)

    def test_nobody_without_a_token(self) -> None:
        answer = Client().post(URL, get_request(), content_type="application/xml")
        assert self.refused(answer) == (401, ["7.2"])
        assert answer["WWW-Authenticate"] == 'Bearer realm="derportal"'

    @pytest.mark.parametrize("value", ["Bearer x", "Bearer", "Basic YTpi", "Bearer " + "x" * 600])
    def test_nobody_with_a_bad_token(self, db: None, value: str) -> None:
        client = Client(headers={"authorization": value})
        answer = client.post(URL, get_request(), content_type="application/xml")
        assert self.refused(answer) == (401, ["7.4"])

    def test_nobody_whose_token_may_only_read(self, endpoint: Endpoint) -> None:
        assert self.refused(send(endpoint, get_request(), "der:read")) == (403, ["7.5"])

    def test_no_endpoint_that_was_stopped(self, endpoint: Endpoint) -> None:
        set_endpoint_active(endpoint=endpoint, is_active=False)
        assert self.refused(send(endpoint, get_request())) == (401, ["7.4"])

    def test_no_person_with_a_session(self, ada: User) -> None:
        client = Client()
        client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.post(URL, get_request(), content_type="application/xml")
        assert self.refused(answer) == (401, ["7.2"])

    def test_only_posts(self, endpoint: Endpoint) -> None:
        answer = Client().get(URL)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
        assert reason_of(answer.content) == "POST one message to this address"

    @pytest.mark.parametrize("path", ["/cim/v2/messages", "/cim/v1/messages/", "/cim/soap"])
    def test_an_address_that_is_none_leads_to_those_that_are(self, path: str) -> None:
        answer = Client().post(path, get_request(), content_type="application/xml")
        assert (answer.status_code, codes_of(answer.content)) == (404, ["1.8"])
        assert reason_of(answer.content).endswith("all services: http://testserver/cim/")

    def test_not_more_than_allowed(self, endpoint: Endpoint, settings: Any) -> None:
        settings.API_REQUESTS_PER_MINUTE = 1
        assert send(endpoint, get_request()).status_code == 200
        answer = send(endpoint, get_request())
        assert (answer.status_code, codes_of(answer.content)) == (429, ["5.1"])
        assert 0 < int(answer["Retry-After"]) <= 61


@pytest.mark.django_db
class TestSize:
    def test_a_body_over_five_megabytes_is_not_read(self, endpoint: Endpoint) -> None:
        answer = send(endpoint, b"<" + b"x" * MAX_BYTES)
        assert (answer.status_code, codes_of(answer.content)) == (413, ["3.1"])
        assert InboundMessage.objects.count() == 0

    def test_a_large_message_below_that_is_read(self, endpoint: Endpoint) -> None:
        comment = "x" * (MAX_BYTES - 4_000)
        assert (
            send(endpoint, get_request("EndDeviceConfig", "a", comment=comment)).status_code == 200
        )

    @pytest.mark.django_db(transaction=True)
    def test_a_length_that_lies_is_refused_before_the_body(self, live_server: Any) -> None:
        token, server = make_token(make_endpoint(), SEND), urlsplit(live_server.url)
        head = (
            f"POST {URL} HTTP/1.1\r\nHost: {server.netloc}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Length: {MAX_BYTES + 1}\r\nConnection: close\r\n\r\n"
        )
        with socket.create_connection(
            (server.hostname or "", server.port or 0), timeout=30
        ) as line:
            line.sendall(head.encode())
            assert line.recv(12) == b"HTTP/1.1 413"


@pytest.mark.django_db
def test_without_the_database_the_sender_is_told_to_come_again(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(posts, "receive", away)
    answer = send(endpoint, get_request())
    assert (answer.status_code, codes_of(answer.content)) == (503, ["5.1"])
    assert answer["Retry-After"] == "5"


@pytest.mark.parametrize("path", ["/cim/%08x", "/cim/%00", "/cim/%EF%BF%BE", "/cim/soap/%08"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_address_that_xml_cannot_hold_is_none_like_any_other(path: str, method: str) -> None:
    assert getattr(Client(), method)(path).status_code == 404
