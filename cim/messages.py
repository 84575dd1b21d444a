"""The front door: build a message, read a message.

``build_event`` tells what happened, ``build_request`` asks for a change, ``build_query`` asks for
data, ``build_operation_set`` holds several operations, ``build_reply`` and ``build_fault`` answer,
``read`` reads any of them. Profiles (:mod:`cim.profiles`) turn payloads into dataclasses and back.

>>> data = build_event("EndDeviceConfig", Verb.CREATED, payload, message_id=..., ...)
>>> message = read(data)
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from lxml import etree

from cim import errors, xml
from cim import operations as operations_module
from cim.codecs import EDITION_1, codec_of
from cim.elements import MessageRefused
from cim.envelope import (
    OPERATION_SET,
    Error,
    Header,
    Id,
    Message,
    Reply,
    ReplyResult,
    Request,
    Verb,
)
from cim.nouns import NOUNS, Noun
from cim.operations import OperationSet
from cim.validation import in_year, validate

_WHOLE = Request()
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
    year: int = 0,
    edition: int = EDITION_1,
) -> bytes:
    """An IEC 61968-100 event ("created", "changed", "deleted" ...), checked against the schema.

    ``timestamp`` needs an offset; ``properties`` are those of :mod:`cim.envelope` (SEQUENCE,
    OBJECT_MRID, OBJECT_VERSION). The payload element moves into the message. ``year`` is the one
    in the receiver's namespaces of iec.ch, 0 for that of our schemas, ``edition`` that of its
    envelope. Raises MessageRefused if the result is not valid, ValueError for a verb that is not
    in the past tense.
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
    root = codec_of(edition).event_message(header, payload_element, _typed(noun, is_typed))
    return _checked(root, year)


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
    request: Request | None = None,
    is_typed: bool = True,
    year: int = 0,
    edition: int = EDITION_1,
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
    codec, typed = codec_of(edition), _typed(noun, is_typed)
    root = codec.request_message(header, payload_element, request, typed)
    return _checked(root, year)


def build_query(  # noqa: PLR0913 - each is a line of the header
    noun: str,
    query_element: etree._Element | None = None,
    *,
    message_id: UUID,
    correlation_id: UUID,
    timestamp: datetime,
    source: str,
    context: str,
    request: Request = _WHOLE,
    is_typed: bool = True,
    year: int = 0,
    edition: int = EDITION_1,
) -> bytes:
    """A get: for a query noun (DERGroupQueries) its element, for another noun Get<Noun>.

    Without an element, what ``request`` names by ID is asked for, or all. Raises MessageRefused.
    """
    asked = _get_element(noun) if query_element is None else query_element
    return build_request(
        noun,
        Verb.GET,
        None,
        message_id=message_id,
        correlation_id=correlation_id,
        timestamp=timestamp,
        source=source,
        context=context,
        request=replace(request, queries=(*request.queries, asked)),
        is_typed=is_typed,
        year=year,
        edition=edition,
    )


def build_operation_set(  # noqa: PLR0913 - each is a line of the header
    noun: str,
    verb: Verb,
    operations: OperationSet,
    *,
    message_id: UUID,
    correlation_id: UUID,
    timestamp: datetime,
    source: str,
    context: str,
    properties: Mapping[str, str] = _NO_PROPERTIES,
    is_typed: bool = True,
    year: int = 0,
    edition: int = EDITION_1,
) -> bytes:
    """Execute<Noun>OperationSet (``execute``) or Executed<Noun>OperationSet (``executed``).

    The payload elements of the operations move into the message. Raises MessageRefused if the
    result is not valid, ValueError for another verb.
    """
    header = Header(
        verb=verb,
        noun=OPERATION_SET,
        message_id=str(message_id),
        correlation_id=str(correlation_id),
        timestamp=timestamp,
        source=source,
        context=context,
        properties=properties,
    )
    payload, codec = operations_module.to_element(operations), codec_of(edition)
    if verb is Verb.EXECUTE:
        root = codec.request_message(header, payload, noun=_typed(noun, is_typed))
    elif verb is Verb.EXECUTED:
        root = codec.event_message(header, payload, _typed(noun, is_typed))
    else:
        raise ValueError(f"the verb {verb} does not fit an OperationSet")
    return _checked(root, year)


def build_reply(  # noqa: PLR0913 - each is a part of the answer
    answered: Message,
    *,
    message_id: UUID,
    timestamp: datetime,
    source: str,
    result: ReplyResult,
    errors: Sequence[Error] = (),
    ids: Sequence[Id] = (),
    payload_element: etree._Element | None = None,
    properties: Mapping[str, str] = _NO_PROPERTIES,
    year: int = 0,
    edition: int = EDITION_1,
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
        properties=properties,
    )
    reply = Reply(result=result, errors=tuple(errors), ids=tuple(ids))
    name = answered.typed_noun if asked.noun == OPERATION_SET else asked.noun
    noun = NOUNS.get(name) if answered.is_typed else None
    root = codec_of(edition).response_message(header, reply, payload_element, noun, asked.verb)
    return _checked(root, year)


def build_fault(errors: Sequence[Error], *, edition: int = EDITION_1) -> bytes:
    """The FaultMessage for a message whose header could not be read."""
    reply = Reply(result=ReplyResult.FAILED, errors=tuple(errors))
    return _checked(codec_of(edition).fault_message(reply))


def read(
    data: bytes,
    *,
    max_bytes: int = xml.MAX_BYTES,
    is_strict: bool = False,
    edition: int = EDITION_1,
) -> Message:
    """A received message of any shape, read liberally; call :func:`validate` for the schema.

    ``is_strict`` refuses what is tolerated otherwise (:mod:`cim.strict`), and what does not
    validate. Units: ``max_bytes`` in bytes. Raises XmlRefused for XML we do not touch,
    MessageRefused (with the code to answer) for XML that is no message.
    """
    return codec_of(edition).read(xml.parse(data, max_bytes=max_bytes), is_strict=is_strict)


def _typed(noun: str, is_typed: bool) -> Noun | None:
    if not is_typed:
        return None
    if noun not in NOUNS:
        raise MessageRefused(errors.NOUN_INVALID, f"{noun!r} has no typed messages here")
    return NOUNS[noun]


def _get_element(noun: str) -> etree._Element:
    if noun not in NOUNS:
        raise MessageRefused(errors.NOUN_INVALID, f"{noun!r} is not known here")
    known = NOUNS[noun]
    space = known.query_namespace
    return etree.Element(etree.QName(space, known.get_stem), nsmap={None: space})


def _checked(root: etree._Element, year: int = 0) -> bytes:
    """What does not validate is never sent."""
    findings = validate(root)
    if findings:
        raise MessageRefused(errors.INVALID, "; ".join(findings))
    data = xml.serialize(root)
    return in_year(data, year) if year else data
