"""A message as JSON, for systems without XML: the facts of the header and the payload's elements.

An element with children is an object, without them its text; an element that the noun's schema
allows more than once is always a list; an attribute is a key with "@", and the text beside it "#".
"""

import json
from functools import cache
from typing import Any

from lxml import etree

from cim.envelope import EPOCH, OBJECT_MRID, OBJECT_VERSION, SEQUENCE, Message
from cim.messages import read
from cim.nouns import NOUNS
from cim.validation import schema_path
from cim.xml import local_name, parse

_SCHEMA_ELEMENT = "{http://www.w3.org/2001/XMLSchema}element"
_ENVELOPE_LISTS = frozenset({"Operation"})


def to_json(message: bytes) -> bytes:
    """The notice of a message: type, timestamp and data, as Standard Webhooks proposes.

    The same message gives the same bytes. Raises XmlRefused and MessageRefused.
    """
    found = read(message)
    header = found.header
    notice = {
        "type": f"{header.noun}.{header.verb.value}",
        "timestamp": header.timestamp.isoformat() if header.timestamp else None,
        "data": _data(found),
    }
    return json.dumps(notice, ensure_ascii=False, separators=(",", ":")).encode()


def _data(message: Message) -> dict[str, Any]:
    header = message.header
    payload = message.payload if message.payload is not None else message.operation_set
    return {
        "messageId": header.message_id,
        "correlationId": header.correlation_id,
        "source": header.source,
        "context": header.context,
        "noun": header.noun,
        "verb": header.verb.value,
        "epoch": _number(header.properties.get(EPOCH)),
        "sequence": _number(header.properties.get(SEQUENCE)),
        "objectMrid": header.properties.get(OBJECT_MRID),
        "objectVersion": _number(header.properties.get(OBJECT_VERSION)),
        "payload": None if payload is None else _value(payload, _ENVELOPE_LISTS),
    }


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _value(element: etree._Element, lists: frozenset[str]) -> Any:
    name = local_name(element)
    inner = _lists_of(name) if name in NOUNS else lists
    attributes = {f"@{key}": value for key, value in sorted(element.attrib.items())}
    found: dict[str, Any] = dict(attributes)
    for child in element:
        _put(found, local_name(child), _value(child, inner), is_list=local_name(child) in inner)
    text = (element.text or "").strip()
    if len(element) or not attributes:
        return found if len(element) else text
    return {**found, "#": text}


def _put(found: dict[str, Any], name: str, value: Any, *, is_list: bool) -> None:
    if is_list or name in found:
        earlier = found.setdefault(name, [])
        found[name] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
    else:
        found[name] = value


@cache
def _lists_of(noun: str) -> frozenset[str]:
    """The names of elements that the noun's profile allows more than once."""
    schema = parse(schema_path(NOUNS[noun].profile_schema).read_bytes())
    return frozenset(
        element.get("name", "")
        for element in schema.iter(_SCHEMA_ELEMENT)
        if element.get("maxOccurs", "1") not in ("0", "1")
    )
