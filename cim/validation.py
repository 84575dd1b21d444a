"""Checking messages and payloads against our own schemas."""

import threading
from pathlib import Path

from lxml import etree

from cim.envelope import ENVELOPE_NAMESPACE
from cim.nouns import NOUNS
from cim.xml import XmlRefused, local_name, namespace, parse, read_schema

SCHEMAS = Path(__file__).parent / "schemas"
_MOST_FINDINGS = 20
_FILE_OF = {
    ENVELOPE_NAMESPACE: "Message.xsd",
    **{noun.message_namespace: noun.message_schema for noun in NOUNS.values()},
    **{noun.profile_namespace: noun.profile_schema for noun in NOUNS.values()},
}
# lxml keeps the error log on the schema object, so each thread compiles its own (about 1 ms).
_compiled = threading.local()


def schema_names() -> tuple[str, ...]:
    """File names of all our schemas, sorted, for publishing them."""
    return tuple(sorted(path.name for path in SCHEMAS.glob("*.xsd")))


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
    findings = _findings(root)
    if namespace(root) == ENVELOPE_NAMESPACE:
        for payload in root.iterfind("{*}Payload/*"):
            if namespace(payload) != ENVELOPE_NAMESPACE:
                findings += _findings(payload)
    return findings[:_MOST_FINDINGS]


def _findings(root: etree._Element) -> list[str]:
    file_name = _FILE_OF.get(namespace(root))
    if file_name is None:
        return [f"no schema for {local_name(root)} in namespace {namespace(root)!r}"]
    schema = _schema(file_name)
    if schema.validate(root):
        return []
    return [f"line {entry.line}: {entry.message}" for entry in schema.error_log]


def _schema(file_name: str) -> etree.XMLSchema:
    cache: dict[str, etree.XMLSchema] = _compiled.__dict__
    if file_name not in cache:
        cache[file_name] = read_schema(SCHEMAS / file_name)
    return cache[file_name]
