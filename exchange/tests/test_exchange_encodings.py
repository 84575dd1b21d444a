"""Each endpoint as it wants it: SOAP, JSON, generic, strict, slowly; the settings on record."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import jsonschema  # type: ignore[import-untyped]
import pytest
from aiohttp import web
from celery import current_app
from django.conf import settings as django_settings
from django.core.exceptions import PermissionDenied
from lxml import etree
from standardwebhooks import Webhook

from cim.envelope import Error, ReplyResult
from cim.messages import build_fault, build_reply, read
from cim.notice import to_json
from cim.soap import FaultCode, envelope_of, fault_of, message_in
from cim.tests.examples import DER, der_event
from cim.xml import parse
from exchange.models import Endpoint
from exchange.services import DecisionRefused, EndpointRefused, change_settings, drain

from .factories import NOON, SECRET, make_due, make_endpoint, send
from .receiver import Receiver, receiving, reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.delivery]
SCHEMA = django_settings.BASE_DIR / "docs" / "integrators" / "notice.schema.json"
BECAUSE = {"by": None, "at": NOON, "reason": "Their wish."}


@pytest.fixture(autouse=True)
def bells(monkeypatch) -> None:
    """Nobody is woken: the tests drain themselves."""
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as running:
        yield running


@pytest.fixture
def endpoint(receiver) -> Endpoint:
    return make_endpoint(url=receiver.url, concurrency=4)


def drain_now(endpoint: Endpoint) -> int:
    make_due()
    return drain(endpoint_id=endpoint.pk)


def ending(endpoint: Endpoint) -> tuple[str, str]:
    message = endpoint.messages.latest("sequence")
    return message.state, message.last_error


def in_soap(receiver: Receiver) -> None:
    """The receiver opens envelopes and answers in one."""
    receiver.open = lambda body: etree.tostring(message_in(parse(body)))

    def script(seen, message, count):
        plain = reply(message, ReplyResult.OK)
        return web.Response(body=envelope_of(plain.body), content_type="text/xml")

    receiver.script = script


def test_soap_carries_the_same_message_in_an_envelope(endpoint, receiver):
    change_settings(endpoint=endpoint, transport="soap", **BECAUSE)
    in_soap(receiver)
    message = send(endpoint)
    drain_now(endpoint)
    assert ending(endpoint) == ("delivered", "")
    headers, body = receiver.headers[0], receiver.bodies[0]
    assert headers["content-type"].startswith("text/xml")
    assert (
        headers["soapaction"] == '"urn:derportal:cim:2026:EndDeviceConfig/DeletedEndDeviceConfig"'
    )
    inside = bytes(message.body).partition(b"?>")[2].strip() or bytes(message.body)
    assert inside in body
    Webhook(SECRET).verify(body, headers, json_parse=False)


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        (fault_of(FaultCode.SERVER, "busy"), "pending", "SOAP fault Server: busy"),
        (fault_of(FaultCode.CLIENT, "bad"), "dead", "SOAP fault Client: bad"),
        (
            fault_of(FaultCode.CLIENT, "no", parse(build_fault([Error(code="5.1")]))),
            "pending",
            "FAILED: 5.1",
        ),
        (
            fault_of(FaultCode.SERVER, "no", parse(build_fault([Error(code="1.8")]))),
            "dead",
            "FAILED: 1.8",
        ),
        (fault_of(FaultCode.SERVER, "?", parse(build_fault([]))), "pending", "FAILED"),
        (fault_of(FaultCode.CLIENT, "?", parse(build_fault([]))), "dead", "FAILED"),
        (b"<html/>", "pending", "HTTP status 500"),
        (envelope_of(b"<nonsense/>"), "pending", "HTTP status 500"),
    ],
)
def test_a_soap_fault_is_an_answer(endpoint, receiver, answer, state, error):
    change_settings(endpoint=endpoint, transport="soap", **BECAUSE)
    in_soap(receiver)
    receiver.script = lambda *_: web.Response(status=500, body=answer)
    send(endpoint)
    drain_now(endpoint)
    assert ending(endpoint)[0] == state
    assert error in ending(endpoint)[1]


def test_json_notices_come_in_the_same_order_with_the_same_promises(endpoint, receiver):
    change_settings(endpoint=endpoint, format="json", **BECAUSE)
    receiver.open = None
    mrid = uuid4()
    for version in (1, 2, 3):
        send(endpoint, mrid, version=version)
    receiver.script = lambda seen, _, count: web.Response(status=500 if count == 1 else 204)
    for _ in range(4):
        drain_now(endpoint)
    notices = [json.loads(body) for body in receiver.bodies]
    assert [each["data"]["objectVersion"] for each in notices] == [1, 1, 2, 3]
    assert receiver.bodies[0] == receiver.bodies[1]
    assert set(endpoint.messages.values_list("state", flat=True)) == {"delivered"}
    headers, body = receiver.headers[0], receiver.bodies[0]
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == notices[0]["data"]["messageId"]
    Webhook(SECRET).verify(body, headers)
    jsonschema.validate(notices[0], json.loads(SCHEMA.read_text()))


def test_a_notice_holds_what_the_message_says():
    schema = json.loads(SCHEMA.read_text())
    for is_typed in (True, False):
        data = der_event(replace(DER, version=4), is_typed=is_typed)
        notice = json.loads(to_json(data))
        jsonschema.validate(notice, schema)
        assert notice["type"] == "EndDeviceConfig.created"
        assert notice["data"]["messageId"] == read(data).header.message_id
        device = notice["data"]["payload"]["EndDevice"]
        assert (device["mRID"], device["version"]) == (DER.mrid, "4")
        assert device["activePowerExportLimit"] == {"@unit": "W", "#": "7500"}
        assert isinstance(device["DERUnit"], list)
        assert isinstance(device["Names"], list), "a list also when there is one"
        assert to_json(data) == to_json(data)


def test_generic_messages_for_who_wants_them(endpoint, receiver):
    change_settings(endpoint=endpoint, is_typed=False, **BECAUSE)
    send(endpoint)
    drain_now(endpoint)
    assert ending(endpoint)[0] == "delivered"
    assert not receiver.arrivals[0].is_typed


def test_a_strict_endpoint_must_answer_by_the_schema(endpoint, receiver):
    def script(seen, message, count):
        plain = build_reply(
            message, message_id=uuid4(), timestamp=NOON, source="DERMS", result=ReplyResult.OK
        )
        return web.Response(body=plain.replace(b"<msg:Noun>", b"<msg:nonsense/><msg:Noun>"))

    receiver.script = script
    send(endpoint)
    drain_now(endpoint)
    assert ending(endpoint)[0] == "delivered", "liberally read"
    change_settings(endpoint=endpoint, is_strict=True, **BECAUSE)
    send(endpoint)
    drain_now(endpoint)
    assert ending(endpoint)[0] == "pending"
    assert "the answer is not valid" in ending(endpoint)[1]
    receiver.script = None
    drain_now(endpoint)
    assert ending(endpoint)[0] == "delivered"


def test_a_strict_endpoint_must_answer_with_the_verb_reply(endpoint, receiver):
    def script(seen, message, count):
        plain = build_reply(
            message, message_id=uuid4(), timestamp=NOON, source="DERMS", result=ReplyResult.OK
        )
        return web.Response(body=plain.replace(b">reply<", b">create<"))

    receiver.script = script
    change_settings(endpoint=endpoint, is_strict=True, **BECAUSE)
    send(endpoint)
    drain_now(endpoint)
    assert "the answer is not valid: 2.9" in ending(endpoint)[1]
    change_settings(endpoint=endpoint, is_strict=False, **BECAUSE)
    drain_now(endpoint)
    assert ending(endpoint)[0] == "delivered"


@pytest.mark.parametrize("change", [{"edition": 2}, {"namespace_year": 1999}])
def test_an_edition_or_year_that_is_none_cannot_be_chosen(endpoint, change):
    with pytest.raises(EndpointRefused):
        change_settings(endpoint=endpoint, **change, **BECAUSE)


def test_no_more_messages_in_a_second_than_the_endpoint_takes(endpoint, receiver):
    change_settings(endpoint=endpoint, messages_per_second=20, **BECAUSE)
    for _ in range(12):
        send(endpoint)
    began = time.monotonic()
    drain_now(endpoint)
    drain_now(endpoint)
    assert len(receiver.arrivals) == 12
    assert time.monotonic() - began >= 12 / 20


def test_what_cannot_be_sent_in_one_drain_is_not_claimed(endpoint, receiver, settings):
    settings.EXCHANGE_DRAIN_SECONDS = 0.2
    change_settings(endpoint=endpoint, messages_per_second=10, **BECAUSE)
    for _ in range(9):
        send(endpoint)
    drain_now(endpoint)
    assert 1 <= len(receiver.arrivals) <= 3
    assert endpoint.messages.filter(attempt_count=1).count() == len(receiver.arrivals)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"format": "json", "transport": "soap"}, "JSON notice goes over plain HTTP"),
        ({"retry_profile": "dispatch"}, "Dispatches expire"),
        ({"messages_per_second": 0}, "from 1 to 10,000"),
        ({"format": "yaml"}, "not a valid choice"),
        ({"authentication": "bearer"}, "no such setting"),
        ({"url": "http://10.0.0.1/"}, "not a public address"),
    ],
)
def test_settings_that_do_not_fit_are_refused(endpoint, changes, rule):
    with pytest.raises(EndpointRefused, match=rule):
        change_settings(endpoint=endpoint, **changes, **BECAUSE)
    assert not endpoint.decisions.exists()


def test_a_change_of_settings_is_on_record_and_guarded(endpoint, django_user_model):
    change_settings(endpoint=endpoint, retry_profile="dispatch", after_failure="skip", **BECAUSE)
    (decision,) = endpoint.decisions.all()
    assert "retry_profile: registry -> dispatch" in decision.reason
    stranger = django_user_model.objects.create_user("other@utility.example", "x")
    with pytest.raises(PermissionDenied):
        change_settings(endpoint=endpoint, is_strict=True, by=stranger, at=NOON, reason="Mine.")
    with pytest.raises(DecisionRefused):
        change_settings(endpoint=endpoint, is_strict=True, by=None, at=NOON, reason="")
