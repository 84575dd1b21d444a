"""The front door: build a message, read a message.

>>> data = build_event("EndDeviceConfig", Verb.CREATED, payload, message_id=..., ...)
>>> message = read(data)
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from lxml import etree

from cim import envelope_in, errors, xml
from cim.elements import MessageRefused
from cim.envelope import (
    Error,
    Header,
    Id,
    Message,
    Reply,
    ReplyResult,
    Verb,
)
from cim.envelope_out import event_message, fault_message, request_message, response_message
from cim.nouns import NOUNS, Noun
from cim.validation import validate

_NO_PROPERTIES: Mapping[str, str] = MappingProxyType({})


def build_event(  # noqa: PLR0913 - each is a line of the header
    noun: str,
    verb: Verb,
    payload_element: etree._Element,
    *,
    message_id: UUID,
    correlation_id: UUID,
    timestamp: datetime,
    source: str,
    context: str,
    properties: Mapping[str, str] = _NO_PROPERTIES,
    is_typed: bool = True,
) -> bytes:
    """An IEC 61968-100 event ("created", "changed", "deleted" ...), checked against the schema.

    ``timestamp`` needs an offset; ``properties`` are those of :mod:`cim.envelope` (SEQUENCE,
    OBJECT_MRID, OBJECT_VERSION). The payload element moves into the message. Raises
    MessageRefused if the result is not valid, ValueError for a verb that is not in the past tense.
    """
    header = Header(
        verb=verb,
        noun=noun,
        message_id=str(message_id),
        correlation_id=str(correlation_id),
        timestamp=timestamp,
        source=source,
        context=context,
        properties=properties,
    )
    return _checked(event_message(header, payload_element, _typed(noun, is_typed)))


def build_request(  # noqa: PLR0913 - each is a line of the header
    noun: str,
    verb: Verb,
    payload_element: etree._Element | None,
    *,
    message_id: UUID,
    correlation_id: UUID,
    timestamp: datetime,
    source: str,
    context: str,
    reply_address: str = "",
    properties: Mapping[str, str] = _NO_PROPERTIES,
    is_typed: bool = True,
) -> bytes:
    """An IEC 61968-100 request ("create", "change", "delete" ...); as :func:`build_event`."""
    header = Header(
        verb=verb,
        noun=noun,
        message_id=str(message_id),
        correlation_id=str(correlation_id),
        timestamp=timestamp,
        source=source,
        context=context,
        reply_address=reply_address,
        properties=properties,
    )
    return _checked(request_message(header, payload_element, noun=_typed(noun, is_typed)))


def build_reply(
    answered: Message,
    *,
    message_id: UUID,
    timestamp: datetime,
    source: str,
    result: ReplyResult,
    errors: Sequence[Error] = (),
    ids: Sequence[Id] = (),
    payload_element: etree._Element | None = None,
) -> bytes:
    """The ResponseMessage to a message: same noun and context, its CorrelationID copied.

    Typed if the answered message was typed. Without a CorrelationID the MessageID is copied, so
    that the sender can still tell what is answered. Raises MessageRefused.
    """
    asked = answered.header
    header = Header(
        verb=Verb.REPLY,
        noun=asked.noun,
        message_id=str(message_id),
        correlation_id=asked.correlation_id or asked.message_id,
        timestamp=timestamp,
        source=source,
        context=asked.context,
    )
    reply = Reply(result=result, errors=tuple(errors), ids=tuple(ids))
    noun = _typed(asked.noun, answered.is_typed and asked.noun in NOUNS)
    return _checked(response_message(header, reply, payload_element, noun))


def build_fault(errors: Sequence[Error]) -> bytes:
    """The FaultMessage for a message whose header could not be read."""
    reply = Reply(result=ReplyResult.FAILED, errors=tuple(errors))
    return _checked(fault_message(reply))


def read(data: bytes, *, max_bytes: int = xml.MAX_BYTES) -> Message:
    """A received message of any shape, read liberally; call :func:`validate` for the schema.

    Units: ``max_bytes`` in bytes. Raises XmlRefused for XML we do not touch, MessageRefused (with
    the code to answer) for XML that is no message.
    """
    return envelope_in.from_element(xml.parse(data, max_bytes=max_bytes))


def _typed(noun: str, is_typed: bool) -> Noun | None:
    if not is_typed:
        return None
    if noun not in NOUNS:
        raise MessageRefused(errors.NOUN_INVALID, f"{noun!r} has no typed messages here")
    return NOUNS[noun]


def _checked(root: etree._Element) -> bytes:
    """What does not validate is never sent."""
    findings = validate(root)
    if findings:
        raise MessageRefused(errors.INVALID, "; ".join(findings))
    return xml.serialize(root)
