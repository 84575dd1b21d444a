"""OperationSet: all or none, in sequence or not, and whose fault it was."""

import logging
from uuid import uuid4

import pytest
from django.db.models import F
from lxml import etree

from cim import operations
from cim.envelope import ENVELOPE_NAMESPACE, ReplyResult, Verb
from cim.envelope_out import request_message
from cim.operations import Operation, OperationSet
from cim.xml import serialize
from exchange.models import DeliveryLease
from exchange.services import Answer, receive, refusal, run_operations

from .factories import NOON, make_endpoint
from .inbound_examples import answer_of, event, header_of, row_of

pytestmark = pytest.mark.django_db


def count_or_refuse(arrival) -> Answer:
    """Counts what is OK, refuses what is BAD and breaks at BROKEN, as the noun says."""
    noun = arrival.message.header.noun
    DeliveryLease.objects.filter(endpoint=arrival.endpoint).update(
        failure_streak=F("failure_streak") + 1
    )
    if noun == "BAD":
        raise refusal("6.1", "no")
    if noun == "BROKEN":
        raise ZeroDivisionError
    return Answer()


class Sender:
    """Sends operation sets of one endpoint."""

    def __init__(self) -> None:
        self.endpoint = make_endpoint()
        self.seen: list[tuple[str, str, bool]] = []

    def handle(self, arrival):
        return run_operations(arrival, self._one)

    def _one(self, arrival):
        header = arrival.message.header
        self.seen.append((header.verb, header.noun, arrival.is_element))
        return count_or_refuse(arrival)

    def send(self, *nouns: str, **rules):
        found = tuple(
            Operation(operation_id=number, noun=noun, verb=Verb.CHANGE)
            for number, noun in enumerate(nouns, start=1)
        )
        return self.post(operations.to_element(OperationSet(operations=found, **rules)))

    def post(self, element, verb: Verb = Verb.EXECUTE):
        self.message_id = str(uuid4())
        header = header_of(verb, "OperationSet", message_id=self.message_id)
        root = request_message(header, element)
        body = serialize(root)
        answer = receive(endpoint=self.endpoint, body=body, handle=self.handle, at=NOON)
        return answer_of(answer.body).reply

    @property
    def effects(self) -> int:
        return DeliveryLease.objects.get(endpoint=self.endpoint).failure_streak


@pytest.fixture
def sender(db) -> Sender:
    return Sender()


def told(reply) -> list[tuple[str, int | None]]:
    return [(each.code, each.operation_id) for each in reply.errors]


def test_all_are_done(sender):
    reply = sender.send("OK", "OK", "OK", is_atomic=True, is_ordered=True)
    assert (reply.result, sender.effects) == (ReplyResult.OK, 3)


def test_without_integrity_what_can_be_done_is_done(sender):
    reply = sender.send("OK", "BAD", "OK")
    assert (reply.result, told(reply)) == (ReplyResult.PARTIAL, [("6.1", 2)])
    assert sender.effects == 2
    assert row_of(sender.endpoint, sender.message_id).state == "applied"


def test_with_integrity_one_undoes_all(sender):
    reply = sender.send("OK", "BAD", "OK", is_atomic=True)
    assert reply.result is ReplyResult.FAILED
    assert told(reply) == [("6.1", 2), ("5.2", 3), ("5.9", 1)]
    assert sender.effects == 0


def test_in_sequence_nothing_follows_one_that_failed(sender):
    reply = sender.send("OK", "BAD", "OK", is_ordered=True)
    assert reply.result is ReplyResult.PARTIAL
    assert told(reply) == [("6.1", 2), ("5.2", 3)]
    assert sender.effects == 1


def test_when_none_can_be_done_it_failed(sender):
    reply = sender.send("BAD", "BAD")
    assert (reply.result, told(reply)) == (ReplyResult.FAILED, [("6.1", 1), ("6.1", 2)])
    assert sender.effects == 0


def test_an_error_of_ours_undoes_its_own_operation(sender, caplog):
    with caplog.at_level(logging.CRITICAL):
        reply = sender.send("OK", "BROKEN")
    assert (reply.result, told(reply)) == (ReplyResult.PARTIAL, [("5.3", 2)])
    assert sender.effects == 1


def test_with_integrity_an_error_of_ours_may_be_tried_again(sender, caplog):
    with caplog.at_level(logging.CRITICAL):
        reply = sender.send("OK", "BROKEN", is_atomic=True)
    assert told(reply) == [("5.3", 2), ("5.9", 1)]
    assert row_of(sender.endpoint, sender.message_id).state == "failed"


def test_each_operation_is_a_message_of_its_own(sender):
    payload = etree.Element("{urn:x}Things")
    one = Operation(operation_id=1, noun="", verb=Verb.DELETE, payload=payload, is_element=True)
    sender.post(operations.to_element(OperationSet(operations=(one,))))
    assert sender.seen == [(Verb.DELETE, "Things", True)]


def test_reading_has_no_place_in_a_set(sender):
    one = Operation(operation_id=1, noun="OK", verb=Verb.GET)
    reply = sender.post(operations.to_element(OperationSet(operations=(one,))))
    assert told(reply) == [("2.9", 1)]


def test_a_set_that_is_no_set_is_refused(sender):
    empty = etree.Element(etree.QName(ENVELOPE_NAMESPACE, "OperationSet"))
    assert told(sender.post(empty)) == [("1.7", None)]
    assert told(sender.post(None)) == [("1.7", None)]


def test_what_was_executed_elsewhere_is_in_the_past(sender):
    one = Operation(operation_id=1, noun="OK", verb=Verb.DELETE)
    body = event(
        operations.to_element(OperationSet(operations=(one,))),
        noun="OperationSet",
        verb=Verb.EXECUTED,
    )
    receive(endpoint=sender.endpoint, body=body, handle=sender.handle, at=NOON)
    assert sender.seen == [(Verb.DELETED, "OK", False)]
