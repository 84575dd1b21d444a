"""Reading an IEC 61968-100 Edition 1 envelope: liberally.

Tolerated, because the field does it: the www.iec.ch namespace, a reply with a wrong verb, a noun
that is none in a typed message, a missing CorrelationID, MessageID or Timestamp; :mod:`cim.strict`
refuses these. Never tolerated: anything that two readers could understand differently (an element
or a property twice, a typed name that contradicts the header).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from lxml import etree

from cim import errors
from cim.compressed import inflate
from cim.elements import (
    MessageRefused,
    child,
    children,
    needed_text,
    read_flag,
    read_integer,
    read_time,
    text,
)
from cim.envelope import (
    ENVELOPE_NAMESPACE,
    ENVELOPE_NAMESPACES,
    OPERATION_SET,
    REQUEST_VERBS,
    Error,
    ErrorLevel,
    Header,
    Id,
    Location,
    Message,
    Reply,
    ReplyResult,
    Request,
    Shape,
    Verb,
)
from cim.nouns import NOUNS
from cim.xml import local_name, namespace

_LEVELS = frozenset(ErrorLevel)
_RESULTS = frozenset(ReplyResult)
_NOT_A_QUERY = frozenset({"StartTime", "EndTime", "Option", "ID"})
_NOT_A_PAYLOAD = frozenset({"OperationSet", "Compressed", "Format", "ID"})


def from_element(root: etree._Element) -> Message:
    """The message in a parsed document. Raises MessageRefused with the code to answer."""
    is_typed = _is_typed(root)
    reply_element = child(root, "Reply")
    reply = None if reply_element is None else _reply(reply_element)
    header = _header(root, reply)
    if is_typed and reply is None:
        header = _spelled(root, header)
        _check_typed_name(root, header)
    payload, payload_ids = _payload(root)
    return Message(
        shape=_shape(root, header, reply),
        header=header,
        is_typed=is_typed,
        typed_noun=_typed_noun(root) if is_typed else "",
        payload=payload,
        payload_ids=payload_ids,
        operation_set=_operation_set(root),
        reply=reply,
        request=_request(root),
    )


def _is_typed(root: etree._Element) -> bool:
    space = namespace(root)
    if space in ENVELOPE_NAMESPACES:
        return False
    if space.endswith("Message"):
        return True
    raise MessageRefused(errors.INVALID, _why_not(root))


def _why_not(root: etree._Element) -> str:
    """What a sender has to know whose document is no message."""
    name = f"{root.tag!s:.120} is not an IEC 61968-100 message"
    if local_name(root) == "Envelope":
        return f"{name}: a SOAP envelope goes to an address of SOAP"
    if local_name(root).endswith("Message"):
        return f"{name}: its namespace is {namespace(root)[:120]!r}, not {ENVELOPE_NAMESPACE!r}"
    return name


def _typed_noun(root: etree._Element) -> str:
    """The noun of a typed message: its namespace is named after it."""
    name = namespace(root).rpartition("/")[2].rpartition(":")[2].removesuffix("Message")
    return name.removesuffix(OPERATION_SET)


def _spelled(root: etree._Element, header: Header) -> Header:
    """A noun that is none gives way to that of the typed message: it can mean no other."""
    noun = _typed_noun(root).removeprefix("Get")
    is_none = header.noun not in NOUNS and header.noun != OPERATION_SET
    return replace(header, noun=noun) if is_none and noun in NOUNS else header


def _shape(root: etree._Element, header: Header, reply: Reply | None) -> Shape:
    if reply is not None:
        return Shape.FAULT if child(root, "Header") is None else Shape.RESPONSE
    return Shape.REQUEST if header.verb in REQUEST_VERBS else Shape.EVENT


def _check_typed_name(root: etree._Element, header: Header) -> None:
    """A receiver that trusts the name and one that trusts the header must see the same."""
    name, noun = local_name(root), header.noun
    if header.verb is Verb.GET:
        fits = name in {f"{noun}RequestMessage", f"Get{noun}RequestMessage", f"Get{noun}"}
    elif noun == OPERATION_SET:
        fits = name.startswith(header.verb.value.capitalize()) and name.endswith(OPERATION_SET)
    else:
        fits = name == header.verb.value.capitalize() + noun
    if not fits:
        raise MessageRefused(
            errors.VERB_INVALID, f"{name} holds the header of {header.verb} {header.noun}"
        )


def _header(root: etree._Element, reply: Reply | None) -> Header:
    element = child(root, "Header")
    if element is None:
        if reply is None:
            raise MessageRefused(errors.HEADER_MISSING, f"{local_name(root)}/Header is missing")
        return Header(verb=Verb.REPLY, noun="")
    user, replay = child(element, "User"), child(element, "ReplayDetection")
    return Header(
        verb=_verb(element, reply),
        noun=text(element, "Noun").strip(),
        message_id=text(element, "MessageID").strip(),
        correlation_id=text(element, "CorrelationID").strip(),
        timestamp=_time(element, "Timestamp"),
        source=text(element, "Source"),
        context=text(element, "Context"),
        revision=text(element, "Revision"),
        replay_nonce="" if replay is None else text(replay, "Nonce"),
        replay_created=None if replay is None else read_time(needed_text(replay, "Created")),
        async_reply=_flag(element, "AsyncReplyFlag"),
        reply_address=text(element, "ReplyAddress"),
        ack_required=_flag(element, "AckRequired"),
        user_id="" if user is None else text(user, "UserID"),
        organization="" if user is None else text(user, "Organization"),
        comment=text(element, "Comment"),
        properties=_properties(element),
    )


def _verb(header: etree._Element, reply: Reply | None) -> Verb:
    if reply is not None:
        return Verb.REPLY
    for needed in ("Verb", "Noun"):
        if not text(header, needed).strip():
            raise MessageRefused(errors.HEADER_MISSING, f"Header/{needed} is missing")
    written = text(header, "Verb").strip()
    try:
        verb = Verb(written)
    except ValueError:
        reason = f"Header/Verb {written[:40]!r} is none of {', '.join(Verb)}"
        raise MessageRefused(errors.VERB_INVALID, reason) from None
    if verb is Verb.REPLY:
        raise MessageRefused(errors.VERB_INVALID, "a reply without a Reply element")
    return verb


def _properties(header: etree._Element) -> Mapping[str, str]:
    properties: dict[str, str] = {}
    for element in children(header, "Property"):
        name = text(element, "Name")
        if name in properties:
            raise MessageRefused(errors.INVALID, f"property {name[:40]!r} occurs twice")
        properties[name] = text(element, "Value")
    return MappingProxyType(properties)


def _time(parent: etree._Element, name: str) -> datetime | None:
    value = text(parent, name)
    return read_time(value) if value.strip() else None


def _flag(parent: etree._Element, name: str) -> bool | None:
    value = text(parent, name)
    return read_flag(value) if value.strip() else None


def _operation(parent: etree._Element) -> int | None:
    value = text(parent, "operationId")
    return read_integer(value) if value.strip() else None


def _reply(element: etree._Element) -> Reply:
    result = text(element, "Result").strip()
    if result not in _RESULTS:
        raise MessageRefused(errors.INVALID, f"unknown Result {result[:40]!r}")
    return Reply(
        result=ReplyResult(result),
        errors=tuple(_error(each) for each in children(element, "Error")),
        ids=_ids(element),
        operation_id=_operation(element),
    )


def _error(element: etree._Element) -> Error:
    level = text(element, "level").strip()
    related = child(element, "relatedID")
    identifier = child(element, "ID")
    return Error(
        code=needed_text(element, "code").strip(),
        level=ErrorLevel(level) if level in _LEVELS else None,
        reason=text(element, "reason"),
        details=text(element, "details"),
        xpath=text(element, "xpath").strip(),
        stack_trace=text(element, "stackTrace"),
        location=_location(element),
        id=None if identifier is None else _id(identifier),
        related_id=None if related is None else _id(related),
        operation_id=_operation(element),
    )


def _location(error: etree._Element) -> Location | None:
    element = child(error, "Location")
    if element is None:
        return None
    return Location(
        node=text(element, "node"),
        pipeline=text(element, "pipeline"),
        stage=text(element, "stage"),
    )


def _ids(parent: etree._Element) -> tuple[Id, ...]:
    return tuple(_id(each) for each in children(parent, "ID"))


def _id(element: etree._Element) -> Id:
    return Id(
        value=element.text or "",
        kind=element.get("kind", ""),
        object_type=element.get("objectType", ""),
        id_type=element.get("idType", ""),
        id_authority=element.get("idAuthority", ""),
    )


def _request(root: etree._Element) -> Request | None:
    element = child(root, "Request")
    if element is None:
        return None
    return Request(
        start_time=_time(element, "StartTime"),
        end_time=_time(element, "EndTime"),
        options=tuple(
            (text(each, "name"), text(each, "value")) for each in children(element, "Option")
        ),
        ids=_ids(element),
        queries=tuple(each for each in element if local_name(each) not in _NOT_A_QUERY),
    )


def _payload(root: etree._Element) -> tuple[etree._Element | None, tuple[Id, ...]]:
    element = child(root, "Payload")
    if element is None:
        return None, ()
    found = [each for each in element if local_name(each) not in _NOT_A_PAYLOAD]
    compressed = child(element, "Compressed")
    if compressed is not None:
        found.append(inflate(compressed.text or ""))
    if len(found) > 1:
        raise MessageRefused(errors.INVALID, f"{len(found)} payloads in one message")
    return (found[0] if found else None), _ids(element)


def _operation_set(root: etree._Element) -> etree._Element | None:
    element = child(root, "Payload")
    return None if element is None else child(element, "OperationSet")
