"""The OperationSet of IEC 61968-100: several operations in one message, each with its own fate."""

from dataclasses import dataclass

from lxml import etree

from cim import errors
from cim.elements import (
    MessageRefused,
    add,
    add_filled,
    children,
    needed_text,
    read_flag,
    read_integer,
    text,
    write_flag,
)
from cim.envelope import ENVELOPE_NAMESPACE, OPERATION_SET, Verb
from cim.xml import local_name

NOUN = OPERATION_SET
MOST_OPERATIONS = 1_000
_VERBS = frozenset(Verb)
_NOT_A_PAYLOAD = frozenset({"operationId", "noun", "verb", "elementOperation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One verb on one object. ``is_element`` says that the verb is about the elements inside."""

    operation_id: int
    noun: str
    verb: Verb
    payload: etree._Element | None = None
    is_element: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationSet:
    """Operations in their order. ``is_atomic``: all of them or none."""

    operations: tuple[Operation, ...]
    is_ordered: bool = False
    is_atomic: bool = False


def to_element(operations: OperationSet) -> etree._Element:
    """The OperationSet element; the payload elements move into it."""
    root = etree.Element(etree.QName(ENVELOPE_NAMESPACE, NOUN), nsmap={None: ENVELOPE_NAMESPACE})
    add(root, "enforceMsgSequence", write_flag(operations.is_ordered))
    add(root, "enforceTransactionalIntegrity", write_flag(operations.is_atomic))
    for each in operations.operations:
        element = add(root, "Operation")
        add(element, "operationId", str(each.operation_id))
        add_filled(element, "noun", each.noun)
        add(element, "verb", each.verb.value)
        add(element, "elementOperation", write_flag(each.is_element))
        if each.payload is not None:
            element.append(each.payload)
    return root


def from_element(root: etree._Element) -> OperationSet:
    """Read liberally. Raises MessageRefused for two operations of one number, or too many."""
    found = children(root, "Operation")
    if not found:
        raise MessageRefused(errors.PAYLOAD_MISSING, "the OperationSet holds no Operation")
    if len(found) > MOST_OPERATIONS:
        raise MessageRefused(errors.TOO_MANY_ITEMS, f"more than {MOST_OPERATIONS} operations")
    operations = tuple(_operation(each) for each in found)
    if len({each.operation_id for each in operations}) != len(operations):
        raise MessageRefused(errors.INVALID, "an operationId occurs twice")
    return OperationSet(
        operations=operations,
        is_ordered=_flag(root, "enforceMsgSequence"),
        is_atomic=_flag(root, "enforceTransactionalIntegrity"),
    )


def _operation(element: etree._Element) -> Operation:
    payloads = [each for each in element if local_name(each) not in _NOT_A_PAYLOAD]
    if len(payloads) > 1:
        raise MessageRefused(errors.INVALID, f"{len(payloads)} payloads in one Operation")
    verb, noun = _verb_and_noun(element)
    return Operation(
        operation_id=read_integer(needed_text(element, "operationId")),
        noun=noun,
        verb=verb,
        payload=payloads[0] if payloads else None,
        is_element=_flag(element, "elementOperation"),
    )


def _verb_and_noun(element: etree._Element) -> tuple[Verb, str]:
    """Seen in the field: each in the other's place."""
    written, noun = text(element, "verb").strip(), text(element, "noun").strip()
    if written not in _VERBS and noun in _VERBS:
        written, noun = noun, written
    if written not in _VERBS:
        raise MessageRefused(errors.VERB_INVALID, f"unknown verb {written[:40]!r}")
    return Verb(written), noun


def _flag(parent: etree._Element, name: str) -> bool:
    value = text(parent, name)
    return bool(value.strip()) and read_flag(value)
