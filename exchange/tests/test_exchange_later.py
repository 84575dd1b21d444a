"""A reply that comes later: acknowledged at once, sent by the outbox, once (M2, F8)."""

import logging
from uuid import UUID, uuid4

import pytest

from cim.envelope import Error, Id, ReplyResult
from cim.messages import read
from cim.profiles import end_device_config
from cim.tests.examples import DER
from cim.validation import validate
from exchange.models import Endpoint, OutboundMessage
from exchange.selectors import messages_about, was_told_about
from exchange.services import Answer, compare_with_deliveries, publish_many, receive, refusal

from .factories import NOON, make_documents, make_endpoint, send
from .inbound_examples import answer_of, codes_of, event, get_request, rejected_rows, row_of

URL = "https://derms.example/messages?for=portal"


@pytest.fixture
def endpoint(db):
    return make_endpoint(url=URL)


def ask(endpoint, handle=lambda arrival: Answer(), **facts):
    body = get_request(**{"async_reply": True, **facts})
    return body, receive(endpoint=endpoint, body=body, handle=handle, at=NOON)


def told(endpoint) -> list[OutboundMessage]:
    return list(endpoint.messages.order_by("sequence"))


def refuse(arrival):
    raise refusal("6.1", "no", id=Id("x"))


def break_down(arrival):
    raise ZeroDivisionError


def test_the_request_is_acknowledged_and_its_reply_waits_in_the_outbox(endpoint):
    correlation_id, mrid = str(uuid4()), str(uuid4())
    sent_before = send(endpoint)
    answer = Answer(
        result=ReplyResult.PARTIAL,
        errors=(Error(code="0.2"),),
        payload=end_device_config.to_element(DER),
        object_mrid=mrid,
    )
    _, received = ask(endpoint, lambda _: answer, correlation_id=correlation_id)
    said = answer_of(received.body)
    [error] = said.reply.errors
    assert (received.status, said.reply.result) == (200, ReplyResult.OK)
    assert (error.code, error.level) == ("0.3", "INFORM")
    assert said.header.correlation_id == correlation_id
    assert said.payload is None

    _, waiting = told(endpoint)
    assert (waiting.verb, waiting.noun, waiting.state) == ("reply", "EndDeviceConfig", "pending")
    assert (waiting.correlation_id, waiting.object_mrid) == (UUID(correlation_id), UUID(mrid))
    assert said.reply.ids[0].value == str(waiting.message_id)
    reply = read(bytes(waiting.body), is_strict=True)
    assert validate(bytes(waiting.body)) == []
    assert (reply.header.message_id, reply.reply.result) == (str(waiting.message_id), "PARTIAL")
    assert reply.header.correlation_id == correlation_id
    assert reply.header.properties["Sequence"] == str(sent_before.sequence + 1)
    assert reply.payload is not None


def test_a_copy_gets_the_acknowledgement_again_and_there_is_one_reply(endpoint):
    body, first = ask(endpoint)
    again = receive(endpoint=endpoint, body=body, handle=break_down, at=NOON)
    assert again == first
    assert len(told(endpoint)) == 1


def test_a_refusal_comes_later_too(endpoint):
    """Also one that would have been an HTTP 403: the request was taken."""

    def deny(arrival):
        raise refusal("7.5", "not yours")

    message_ids = [str(uuid4()), str(uuid4())]
    for message_id, handle in zip(message_ids, (refuse, deny), strict=True):
        body, received = ask(endpoint, handle, message_id=message_id)
        assert (received.status, codes_of(received.body)) == (200, ["0.3"])
        assert receive(endpoint=endpoint, body=body, handle=handle, at=NOON) == received
        assert (row_of(endpoint, message_id).state) == "refused"
    replies = [read(bytes(each.body)).reply for each in told(endpoint)]
    assert [(each.result, each.errors[0].code) for each in replies] == [
        ("FAILED", "6.1"), ("FAILED", "7.5"),
    ]  # fmt: skip


def test_a_failure_that_may_pass_is_answered_at_once_and_then_tried_again(endpoint, caplog):
    with caplog.at_level(logging.CRITICAL):
        body, received = ask(endpoint, break_down)
    assert (answer_of(received.body).reply.result, told(endpoint)) == ("FAILED", [])
    later = receive(endpoint=endpoint, body=body, handle=lambda _: Answer(), at=NOON)
    assert codes_of(later.body) == ["0.3"]
    assert len(told(endpoint)) == 1


def test_an_effect_that_is_undone_leaves_no_message_but_the_refusal(endpoint):
    def tell_and_refuse(arrival):
        send(endpoint)
        return refuse(arrival)

    ask(endpoint, tell_and_refuse)
    assert [each.verb for each in told(endpoint)] == ["reply"]


def test_a_message_that_is_refused_at_the_door_is_refused_at_once(endpoint):
    _, received = ask(endpoint, source="nobody")
    assert codes_of(received.body) == ["2.14"]
    assert told(endpoint) == []


@pytest.mark.parametrize(
    "address",
    [
        "http://derms.example/messages?for=portal",
        "https://derms.example/messages",
        "https://derms.example/messages/other?for=portal",
        "https://derms.example:8443/messages?for=portal",
        "https://derms.example@evil.example/messages?for=portal",
        "https://me:secret@derms.example/messages?for=portal",
        "https://evil.example/messages?for=portal",
        "https://derms.example.evil.example/messages?for=portal",
        "jms:queue:replies",
        "https://[derms.example/messages?for=portal",
        "https://derms.example:no/messages?for=portal",
    ],
)
def test_a_reply_goes_to_the_registered_address_and_nowhere_else(endpoint, address):
    _, received = ask(endpoint, reply_address=address)
    [error] = answer_of(received.body).reply.errors
    assert (received.status, error.code) == (403, "7.7")
    assert "Header/ReplyAddress" in error.reason
    assert "security" in error.reason
    assert told(endpoint) == []
    assert len(rejected_rows(endpoint)) == 1


@pytest.mark.parametrize(
    "address", ["", URL, " https://DERMS.example:443/messages?for=portal ", "HTTPS" + URL[5:]]
)
def test_the_registered_address_in_any_spelling(endpoint, address):
    _, received = ask(endpoint, reply_address=address)
    assert codes_of(received.body) == ["0.3"]


def test_an_endpoint_that_receives_json_cannot_get_a_reply_later(db):
    endpoint = make_endpoint()
    endpoint.format = Endpoint.Format.JSON
    endpoint.save()
    _, received = ask(endpoint)
    [error] = answer_of(received.body).reply.errors
    assert (error.code, told(endpoint)) == ("7.7", [])
    assert "AsyncReplyFlag" in error.reason


@pytest.mark.parametrize(
    "ids", [{"correlation_id": "order 7"}, {"correlation_id": "", "message_id": "m-1"}]
)
def test_what_a_later_reply_is_known_by_must_be_a_uuid(endpoint, ids):
    _, received = ask(endpoint, **ids)
    [error] = answer_of(received.body).reply.errors
    assert error.code == "2.15"
    assert "CorrelationID" in error.reason


def test_without_a_correlation_id_the_message_id_is_repeated(endpoint):
    message_id = str(uuid4())
    ask(endpoint, correlation_id="", message_id=message_id)
    assert read(bytes(told(endpoint)[0].body)).header.correlation_id == message_id


@pytest.mark.parametrize("flag", [None, False])
def test_without_the_flag_the_answer_is_the_reply(endpoint, flag):
    """Whatever address is given: nothing is sent to it."""
    _, received = ask(endpoint, async_reply=flag, reply_address="https://elsewhere.example")
    assert codes_of(received.body) == ["0.0"]
    assert told(endpoint) == []


def test_an_event_is_answered_at_once_as_nothing_is_waited_for(endpoint):
    body = event(async_reply=True)
    received = receive(endpoint=endpoint, body=body, handle=lambda _: Answer(), at=NOON)
    assert codes_of(received.body) == ["0.0"]
    assert told(endpoint) == []


def test_a_reply_is_no_news_of_the_object(endpoint):
    """What was told counts, not what was answered: in the nightly check, too."""
    asked_for = uuid4()
    ask(endpoint, lambda _: Answer(object_mrid=str(asked_for)))
    assert not was_told_about(endpoint, asked_for)
    assert messages_about([asked_for], noun="EndDeviceConfig") == []
    [document] = make_documents(1)
    publish_many(endpoint=endpoint, documents=[document])
    send(endpoint, document.object_mrid)
    ask(endpoint, lambda _: Answer(object_mrid=str(document.object_mrid)))
    compared = compare_with_deliveries(endpoint=endpoint, noun="EndDeviceConfig", at=NOON)
    assert [each.kind for each in compared.differences.all()] == ["missing"]
