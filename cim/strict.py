"""Strict reading: what :mod:`cim.envelope_in` tolerates is refused, with the code that names it."""

from uuid import UUID

from lxml import etree

from cim import errors
from cim.elements import MessageRefused, child, children, text
from cim.envelope import ENVELOPE_NAMESPACE, OPERATION_SET, Message, Shape, Verb
from cim.nouns import NOUNS
from cim.validation import validate
from cim.xml import namespace

_FOREIGN = "http://www.iec.ch/"
_NAMES = frozenset(NOUNS) | {OPERATION_SET}
_VERBS = frozenset(Verb)
_MOST_SHOWN = 3


def check(root: etree._Element, message: Message) -> None:
    """Raises MessageRefused for the first rule that the message breaks.

    The namespaces of our schemas, MessageID a UUID, a CorrelationID, a noun that is spoken here
    and that a typed name repeats, the verb reply in a reply, noun and verb of each Operation in
    their places, and validity by the schema.
    """
    _check_namespaces(root)
    if message.shape is not Shape.FAULT:
        _check_ids(message)
        _check_noun(root, message)
        _check_verb(root, message)
    if message.operation_set is not None:
        for operation in children(message.operation_set, "Operation"):
            _check_operation(operation)
    if findings := validate(root):
        raise MessageRefused(errors.INVALID, "; ".join(findings[:_MOST_SHOWN]))


def _check_namespaces(root: etree._Element) -> None:
    for element in root.iter(etree.Element):
        if namespace(element).startswith(_FOREIGN):
            detail = f"{_FOREIGN} is no namespace of IEC 61968-100; it is {ENVELOPE_NAMESPACE}"
            raise MessageRefused(errors.INVALID, detail)


def _check_ids(message: Message) -> None:
    header = message.header
    for name, value in (
        ("MessageID", header.message_id),
        ("CorrelationID", header.correlation_id),
    ):
        if not value:
            raise MessageRefused(errors.HEADER_MISSING, f"Header/{name} is missing")
    try:
        UUID(header.message_id)
    except ValueError:
        detail = f"Header/MessageID is {header.message_id[:60]!r}, not a UUID"
        raise MessageRefused(errors.REQUEST_ID_INVALID, detail) from None


def _check_noun(root: etree._Element, message: Message) -> None:
    header = child(root, "Header")
    noun = "" if header is None else text(header, "Noun").strip()
    if noun not in _NAMES:
        raise MessageRefused(errors.NOUN_INVALID, f"Header/Noun is {noun[:60]!r}, which is none")
    typed = message.typed_noun.removeprefix("Get")
    if message.is_typed and noun not in (typed, OPERATION_SET):
        detail = f"Header/Noun is {noun}, the message is one of {typed}"
        raise MessageRefused(errors.NOUN_INVALID, detail)


def _check_verb(root: etree._Element, message: Message) -> None:
    header = child(root, "Header")
    verb = "" if header is None else text(header, "Verb").strip()
    if message.shape is Shape.RESPONSE and verb != Verb.REPLY:
        detail = f"Header/Verb of a reply is {verb[:40]!r}, not {Verb.REPLY.value!r}"
        raise MessageRefused(errors.VERB_INVALID, detail)


def _check_operation(operation: etree._Element) -> None:
    number = text(operation, "operationId").strip()[:20]
    verb, noun = text(operation, "verb").strip(), text(operation, "noun").strip()
    if verb not in _VERBS:
        detail = f"the verb of operation {number} is {verb[:40]!r}, which is none"
        raise MessageRefused(errors.VERB_INVALID, detail)
    if noun not in NOUNS:
        detail = f"the noun of operation {number} is {noun[:60]!r}, which is none"
        raise MessageRefused(errors.NOUN_INVALID, detail)
