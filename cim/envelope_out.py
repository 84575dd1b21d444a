"""Writing the IEC 61968-100 Edition 1 envelope: strictly, in schema order.

Each function takes the noun for the typed form ("CreatedEndDeviceConfig") or None for the generic
form ("EventMessage"). Texts that are "" and values that are None are left out.
"""

from datetime import datetime

from lxml import etree

from cim.elements import add, add_filled, set_text, write_flag, write_time
from cim.envelope import (
    ENVELOPE_NAMESPACE,
    EVENT_VERBS,
    OPERATION_SET,
    REQUEST_VERBS,
    Error,
    Header,
    Id,
    Location,
    Reply,
    Request,
    Shape,
    Verb,
)
from cim.nouns import Noun


def event_message(
    header: Header, payload: etree._Element | None, noun: Noun | None = None
) -> etree._Element:
    """EventMessage, or Created<Noun> and so on. Raises ValueError unless the verb is past tense."""
    _expect(header.verb in EVENT_VERBS, header.verb)
    root = _root(Shape.EVENT, header.verb, header.noun, noun)
    _header(root, header)
    _payload(root, payload)
    return root


def request_message(
    header: Header,
    payload: etree._Element | None,
    request: Request | None = None,
    noun: Noun | None = None,
) -> etree._Element:
    """RequestMessage, or Create<Noun> and so on. Raises ValueError for another verb."""
    _expect(header.verb in REQUEST_VERBS, header.verb)
    root = _root(Shape.REQUEST, header.verb, header.noun, noun)
    _header(root, header)
    if request is not None:
        _request(root, request, is_typed_get=noun is not None and header.verb is Verb.GET)
    _payload(root, payload)
    return root


def response_message(
    header: Header,
    reply: Reply,
    payload: etree._Element | None = None,
    noun: Noun | None = None,
    asked: Verb = Verb.CREATE,
) -> etree._Element:
    """ResponseMessage or <Noun>ResponseMessage. Raises ValueError unless the verb is reply.

    ``asked`` is the verb that is answered: a get has a typed answer of its own.
    """
    _expect(header.verb is Verb.REPLY, header.verb)
    root = _root(Shape.RESPONSE, asked, header.noun, noun)
    _header(root, header)
    _reply(root, reply)
    _payload(root, payload)
    return root


def fault_message(
    reply: Reply, noun: Noun | None = None, asked: Verb = Verb.CREATE, kind: str = ""
) -> etree._Element:
    """FaultMessage: the answer when not even the header could be read.

    ``asked`` and ``kind`` are verb and noun of the request, as far as the typed name told them.
    """
    root = _root(Shape.FAULT, asked, kind, noun)
    _reply(root, reply)
    return root


def _expect(fits: bool, verb: Verb) -> None:
    if not fits:
        raise ValueError(f"the verb {verb} does not fit this message")


def _root(shape: Shape, verb: Verb, kind: str, noun: Noun | None) -> etree._Element:
    if noun is None:
        return etree.Element(
            etree.QName(ENVELOPE_NAMESPACE, shape.value), nsmap={None: ENVELOPE_NAMESPACE}
        )
    space, name = noun.element(shape, verb, kind)
    return etree.Element(etree.QName(space, name), nsmap={None: space, "msg": ENVELOPE_NAMESPACE})


def _put(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, etree.QName(ENVELOPE_NAMESPACE, name))


def _put_filled(parent: etree._Element, name: str, text: str | None) -> None:
    if text:
        set_text(_put(parent, name), text)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else write_time(moment)


def _flag(value: bool | None) -> str | None:
    return None if value is None else write_flag(value)


def _header(root: etree._Element, header: Header) -> None:
    element = add(root, "Header")
    set_text(_put(element, "Verb"), header.verb.value)
    set_text(_put(element, "Noun"), header.noun)
    _put_filled(element, "Revision", header.revision)
    _replay(element, header)
    _put_filled(element, "Context", header.context)
    _put_filled(element, "Timestamp", _time(header.timestamp))
    _put_filled(element, "Source", header.source)
    _put_filled(element, "AsyncReplyFlag", _flag(header.async_reply))
    _put_filled(element, "ReplyAddress", header.reply_address)
    _put_filled(element, "AckRequired", _flag(header.ack_required))
    _user(element, header)
    _put_filled(element, "MessageID", header.message_id)
    _put_filled(element, "CorrelationID", header.correlation_id)
    _put_filled(element, "Comment", header.comment)
    for name, value in header.properties.items():
        entry = _put(element, "Property")
        set_text(_put(entry, "Name"), name)
        _put_filled(entry, "Value", value)


def _replay(element: etree._Element, header: Header) -> None:
    if header.replay_created is not None:
        replay = _put(element, "ReplayDetection")
        set_text(_put(replay, "Nonce"), header.replay_nonce)
        set_text(_put(replay, "Created"), write_time(header.replay_created))


def _user(element: etree._Element, header: Header) -> None:
    if header.user_id:
        user = _put(element, "User")
        set_text(_put(user, "UserID"), header.user_id)
        _put_filled(user, "Organization", header.organization)


def _request(root: etree._Element, request: Request, *, is_typed_get: bool) -> None:
    """The Request of a typed get is in the namespace of its message, with bare IDs."""
    element = add(root, "Request")
    put = add if is_typed_get else _put
    for name, moment in (("StartTime", request.start_time), ("EndTime", request.end_time)):
        if moment is not None:
            set_text(put(element, name), write_time(moment))
    for name, value in request.options:
        option = put(element, "Option")
        set_text(_put(option, "name"), name)
        _put_filled(option, "value", value)
    for each in request.ids:
        if is_typed_get:
            add(element, "ID", each.value)
        else:
            _id(element, "ID", each)
    element.extend(request.queries)


def _reply(root: etree._Element, reply: Reply) -> None:
    element = add(root, "Reply")
    set_text(_put(element, "Result"), reply.result.value)
    for error in reply.errors:
        _error(element, error)
    for each in reply.ids:
        _id(element, "ID", each)
    _operation(element, reply.operation_id)


def _error(reply: etree._Element, error: Error) -> None:
    element = _put(reply, "Error")
    set_text(_put(element, "code"), error.code)
    _put_filled(element, "level", error.level.value if error.level else None)
    _put_filled(element, "reason", error.reason)
    _put_filled(element, "details", error.details)
    _put_filled(element, "xpath", error.xpath)
    _put_filled(element, "stackTrace", error.stack_trace)
    _location(element, error.location)
    _id(element, "ID", error.id)
    _id(element, "relatedID", error.related_id)
    _operation(element, error.operation_id)


def _location(element: etree._Element, location: Location | None) -> None:
    if location is not None:
        where = _put(element, "Location")
        _put_filled(where, "node", location.node)
        _put_filled(where, "pipeline", location.pipeline)
        _put_filled(where, "stage", location.stage)


def _operation(element: etree._Element, operation_id: int | None) -> None:
    _put_filled(element, "operationId", None if operation_id is None else str(operation_id))


def _id(parent: etree._Element, name: str, identifier: Id | None) -> None:
    if identifier is None:
        return
    element = _put(parent, name)
    set_text(element, identifier.value)
    for attribute, value in (
        ("idType", identifier.id_type),
        ("idAuthority", identifier.id_authority),
        ("kind", identifier.kind),
        ("objectType", identifier.object_type),
    ):
        if value:
            element.set(attribute, value)


def _payload(root: etree._Element, payload: etree._Element | None) -> None:
    if payload is not None:
        element = add(root, "Payload")
        if payload.tag == f"{{{ENVELOPE_NAMESPACE}}}{OPERATION_SET}":
            payload = _moved(payload, root)
        element.append(payload)
        add_filled(element, "Format", "XML")


def _moved(operations: etree._Element, root: etree._Element) -> etree._Element:
    """A typed message names the OperationSet in its own namespace, the parts in the envelope's."""
    element = etree.Element(etree.QName(etree.QName(root).namespace, OPERATION_SET))
    element.extend(list(operations))
    return element
