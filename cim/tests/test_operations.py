"""Several operations in one message, and a payload in compressed form."""

import re

import pytest
from lxml import etree

from cim import compressed, operations
from cim.elements import MessageRefused
from cim.envelope import Verb
from cim.messages import build_event, read
from cim.operations import Operation, OperationSet
from cim.profiles import end_device_config
from cim.tests.examples import CORRELATION_ID, DER, GONE, MESSAGE_ID, NOON
from cim.validation import validate


def event(noun: str, verb: Verb, payload: etree._Element) -> bytes:
    return build_event(
        noun,
        verb,
        payload,
        message_id=MESSAGE_ID,
        correlation_id=CORRELATION_ID,
        timestamp=NOON,
        source="derportal",
        context="TESTING",
        is_typed=False,
    )


def two_operations() -> bytes:
    told = OperationSet(
        operations=(
            Operation(
                operation_id=1,
                noun="EndDeviceConfig",
                verb=Verb.CREATED,
                payload=end_device_config.to_element(DER),
            ),
            Operation(
                operation_id=2,
                noun="EndDeviceConfig",
                verb=Verb.DELETED,
                payload=end_device_config.to_element(GONE),
                is_element=True,
            ),
        ),
        is_atomic=True,
    )
    return event(operations.NOUN, Verb.EXECUTED, operations.to_element(told))


def test_operations_arrive_as_they_were_sent() -> None:
    data = two_operations()
    assert validate(data) == []
    message = read(data)
    assert message.payload is None
    told = operations.from_element(message.operation_set)
    assert (told.is_atomic, told.is_ordered) == (True, False)
    first, second = told.operations
    assert (first.operation_id, first.verb, first.is_element) == (1, "created", False)
    assert (second.operation_id, second.verb, second.is_element) == (2, "deleted", True)
    assert end_device_config.from_element(first.payload) == DER


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"<operationId>2<", b"<operationId>1<", "1.8"),
        (b"<operationId>2<", b"<operationId>two<", "1.8"),
        (b"<operationId>2</operationId>", b"", "1.7"),
        (b"<verb>deleted<", b"<verb>removed<", "2.9"),
        (b"</verb><elementOperation>true", b"</verb><a/><elementOperation>true", "1.8"),
    ],
)
def test_a_bad_operation_is_refused(old: bytes, new: bytes, code: str) -> None:
    data = two_operations()
    assert old in data
    with pytest.raises(MessageRefused) as refused:
        operations.from_element(read(data.replace(old, new)).operation_set)
    assert refused.value.code == code


def test_an_empty_operation_set_is_refused() -> None:
    data = re.sub(rb"<Operation>.*</Operation>", b"", two_operations())
    with pytest.raises(MessageRefused, match="no Operation"):
        operations.from_element(read(data).operation_set)


def test_a_compressed_payload_is_read_like_a_plain_one() -> None:
    packed = compressed.to_element(end_device_config.to_element(DER))
    data = event("EndDeviceConfig", Verb.CREATED, packed)
    assert validate(data) == []
    assert b"Maple 12" not in data
    assert end_device_config.from_element(read(data).payload) == DER
