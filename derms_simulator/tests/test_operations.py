"""An OperationSet: each operation with its own fate, or one for all."""

from dataclasses import replace
from uuid import uuid4

from lxml import etree

from cim import compressed, operations
from cim.envelope import Header, Id, Request, Verb
from cim.envelope_out import request_message
from cim.messages import build_event, read
from cim.operations import Operation, OperationSet
from cim.profiles import end_device_config
from cim.tests.examples import CORRELATION_ID, DER, GONE, NOON
from cim.validation import validate
from cim.xml import serialize
from derms_simulator.tests.client import Sender

OTHER = replace(DER, mrid=str(uuid4()))


def event(noun: str, verb: Verb, payload: etree._Element) -> bytes:
    return build_event(
        noun,
        verb,
        payload,
        message_id=uuid4(),
        correlation_id=CORRELATION_ID,
        timestamp=NOON,
        source="derportal",
        context="TESTING",
        is_typed=False,
    )


def told(*parts: tuple[Verb, object], is_atomic: bool = False, noun: str = "") -> bytes:
    wanted = OperationSet(
        operations=tuple(
            Operation(
                operation_id=number,
                noun=noun or "EndDeviceConfig",
                verb=verb,
                payload=end_device_config.to_element(der),
            )
            for number, (verb, der) in enumerate(parts, 1)
        ),
        is_atomic=is_atomic,
    )
    return event(operations.NOUN, Verb.EXECUTED, operations.to_element(wanted))


def test_all_operations_are_applied_in_order(dso: Sender) -> None:
    newer = replace(DER, version=4)
    reply = dso.send(told((Verb.CREATED, DER), (Verb.CREATED, OTHER), (Verb.CHANGED, newer)))
    assert reply.is_ok
    assert {der["mrid"]: der["version"] for der in dso.picture()} == {DER.mrid: 4, OTHER.mrid: 3}


def test_one_that_fails_makes_it_partial(dso: Sender) -> None:
    reply = dso.send(told((Verb.CREATED, DER), (Verb.CREATED, DER), (Verb.CREATED, OTHER)))
    assert reply.result == "PARTIAL"
    assert [(each.operation_id, each.code) for each in reply.errors] == [(2, "6.1")]
    assert len(dso.picture()) == 2


def test_an_atomic_set_is_applied_whole_or_not_at_all(dso: Sender) -> None:
    parts = ((Verb.CREATED, DER), (Verb.CANCEL, OTHER))
    reply = dso.send(told(*parts, is_atomic=True))
    assert reply.result == "FAILED"
    assert [(each.operation_id, each.code) for each in reply.errors] == [(2, "2.9"), (1, "5.9")]
    assert dso.picture() == []


def test_a_copy_has_no_second_effect(dso: Sender) -> None:
    data = told((Verb.CREATED, DER))
    assert dso.post(data).content == dso.post(data).content
    assert dso.get("picture").json()["duplicates"] == 1


def test_nouns_that_nobody_knows_fail_one_by_one(dso: Sender) -> None:
    reply = dso.send(told((Verb.CREATED, DER), noun="MeterReadings"))
    assert (reply.result, [each.code for each in reply.errors]) == ("FAILED", ["2.5"])


def test_a_compressed_payload_is_understood_and_checked(dso: Sender) -> None:
    payload = end_device_config.to_element(DER)
    assert dso.send(event("EndDeviceConfig", Verb.CREATED, compressed.to_element(payload))).is_ok
    assert dso.der()["version"] == 3
    payload[0].append(etree.Element("unknown"))
    reply = dso.send(event("EndDeviceConfig", Verb.CHANGED, compressed.to_element(payload)))
    assert [each.code for each in reply.errors][:1] == ["1.8"]


def get(mrid: str) -> bytes:
    header = Header(verb=Verb.GET, noun="EndDeviceConfig", message_id=str(uuid4()))
    return serialize(request_message(header, None, Request(ids=(Id(mrid),))))


def test_it_tells_what_it_knows_in_a_plain_or_a_compressed_payload(dso: Sender) -> None:
    dso.send(event("EndDeviceConfig", Verb.CREATED, end_device_config.to_element(DER)))
    plain = dso.post(get(DER.mrid)).content
    dso.behave("compressed")
    packed = dso.post(get(DER.mrid)).content
    assert b"Maple 12" in plain
    assert b"<Compressed>" in packed
    for answer in (plain, packed):
        assert validate(answer) == []
        assert end_device_config.from_element(read(answer).payload) == DER


def test_it_refuses_to_tell_what_it_does_not_know(dso: Sender) -> None:
    assert [each.code for each in dso.send(get(DER.mrid)).errors] == ["2.15"]
    dso.send(event("EndDeviceConfig", Verb.CREATED, end_device_config.to_element(DER)))
    dso.send(event("EndDeviceConfig", Verb.DELETED, end_device_config.to_element(GONE)))
    assert [each.code for each in dso.send(get(DER.mrid)).errors] == ["2.15"]
