"""Checking messages and payloads against our own schemas."""

import re
import threading
from pathlib import Path

from lxml import etree

from cim.envelope import ENVELOPE_NAMESPACE, OPERATION_SET, Verb
from cim.nouns import NOUNS, Noun
from cim.xml import XmlRefused, local_name, namespace, parse, read_schema, serialize

SCHEMAS = Path(__file__).parent / "schemas"
_MOST_FINDINGS = 20
_FILE_OF = {
    ENVELOPE_NAMESPACE: "Message.xsd",
    **{noun.message_namespace: noun.message_schema for noun in NOUNS.values()},
    **{noun.profile_namespace: noun.profile_schema for noun in NOUNS.values()},
    **{noun.get_namespace: f"{noun.get_stem}Message.xsd" for noun in NOUNS.values()},
    **{
        noun.operation_set_namespace: f"{noun.operation_set_stem}Message.xsd"
        for noun in NOUNS.values()
        if not noun.answer
    },
}
_MOST_BYTES = 64 * 1024 * 1024
_TAG = re.compile(rb"<[^<>!?/][^<>]*>")
_NAMESPACE = re.compile(rb"http://(?:www\.)?iec\.ch/TC57/[0-9]{4}/[A-Za-z/]+#?")
_NOUN_SPACE = re.compile(rb"http://iec\.ch/TC57/[0-9]{4}/(?!schema/)")
_IEC = re.compile(r"http://(?:www\.)?iec\.ch/TC57/(?P<year>[0-9]{4})/(?P<name>[A-Za-z/]+#?)")
_KNOWN = {match["name"]: space for space in _FILE_OF if (match := _IEC.fullmatch(space))}
# lxml keeps the error log on the schema object, so each thread compiles its own (about 1 ms).
_compiled = threading.local()


def schema_names() -> tuple[str, ...]:
    """File names of all our schemas, sorted, for publishing them."""
    return tuple(sorted(path.name for path in SCHEMAS.glob("*.xsd")))


def schema_of(message: bytes) -> str:
    """File name of the schema that a message is checked against.

    Raises XmlRefused for XML that we do not touch, KeyError for a namespace without a schema.
    """
    return _FILE_OF[namespace(canonical(parse(message)))]


def schema_path(name: str) -> Path:
    """Path of a schema by file name. Raises KeyError for any other name."""
    if name not in schema_names():
        raise KeyError(name)
    return SCHEMAS / name


def validate(message: etree._Element | bytes) -> list[str]:
    """What is wrong with a message or a payload, as sentences; an empty list if nothing is.

    A generic message (EventMessage) is checked with its payload against the payload's own schema.
    """
    try:
        root = parse(message) if isinstance(message, bytes) else message
    except XmlRefused as refused:
        return [str(refused)]
    root = canonical(root)
    created = _created(root)
    findings = _findings(root, created)
    for payload in root.iterfind("{*}Payload/*"):
        if local_name(payload) == OPERATION_SET:
            findings += _operation_findings(payload)
        elif namespace(root) == ENVELOPE_NAMESPACE and namespace(payload) != ENVELOPE_NAMESPACE:
            findings += _findings(payload, created)
    return findings[:_MOST_FINDINGS]


def canonical(root: etree._Element) -> etree._Element:
    """The document in the namespaces of our schemas: without www, and in their years."""
    if not any(space != _ours(space) for space in _namespaces(root)):
        return root
    return parse(_TAG.sub(_in_our_namespaces, serialize(root)), max_bytes=_MOST_BYTES)


def in_year(data: bytes, year: int) -> bytes:
    """A message with the namespaces of its noun in another year; the envelope's stay."""
    space = b"http://iec.ch/TC57/%d/" % year
    return _TAG.sub(lambda tag: _NOUN_SPACE.sub(space, tag[0]), data)


def _namespaces(root: etree._Element) -> set[str]:
    """The namespaces of the message's own elements: those of a payload are its noun's."""
    tops = (root, *root, *root.iterfind("{*}Header/*"), *root.iterfind("{*}Payload/*"))
    return {space for each in tops for space in each.nsmap.values()}


def _in_our_namespaces(tag: re.Match[bytes]) -> bytes:
    return _NAMESPACE.sub(lambda found: _ours(found[0].decode()).encode(), tag[0])


def _ours(space: str) -> str:
    """A namespace of iec.ch as our schemas write it; any other as it is."""
    match = _IEC.fullmatch(space)
    if not match:
        return space
    name = match["name"]
    return _KNOWN.get(name, f"http://iec.ch/TC57/{match['year']}/{name}")


def _operation_findings(operations: etree._Element) -> list[str]:
    findings = []
    for payload in operations.iterfind("{*}Operation/*"):
        if namespace(payload) != ENVELOPE_NAMESPACE:
            findings += _findings(payload)
    return findings


def _created(root: etree._Element) -> Noun | None:
    """The noun of a message that creates, if more is asked of that one than of a change."""
    if root.findtext("{*}Header/{*}Verb") not in (Verb.CREATE, Verb.CREATED):
        return None
    noun = NOUNS.get(root.findtext("{*}Header/{*}Noun") or "")
    return noun if noun and noun.has_create_schema else None


def _findings(root: etree._Element, created: Noun | None = None) -> list[str]:
    space = namespace(root)
    file_name = _FILE_OF.get(space)
    if created and space == created.message_namespace:
        file_name = created.create_message_schema
    elif created and space == created.profile_namespace:
        file_name = created.create_schema
    if file_name is None:
        return [f"no schema for {local_name(root)} in namespace {space!r}"]
    return _findings_by(file_name, root)


def _findings_by(file_name: str, root: etree._Element) -> list[str]:
    schema = _schema(file_name)
    if schema.validate(root):
        return []
    return [f"line {entry.line}: {entry.message}" for entry in schema.error_log]


def _schema(file_name: str) -> etree.XMLSchema:
    cache: dict[str, etree.XMLSchema] = _compiled.__dict__
    if file_name not in cache:
        cache[file_name] = read_schema(SCHEMAS / file_name)
    return cache[file_name]
