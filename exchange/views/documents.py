"""XML for people: indented, with line numbers and quiet colors; and what the schema says of it."""

import json
import re
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from cim import validation
from cim.validation import validate
from cim.xml import XmlRefused, pretty

_TAG = re.compile(r"(<[^<>]*>)")
_PARTS = re.compile(r"(?P<name></?[\w:.-]+)|(?P<value>\"[^\"]*\")|(?P<rest>[^\"<]+|<)")
_CSS = {"name": "text-primary", "value": "text-success-emphasis", "rest": "text-secondary"}
GENERIC_SCHEMA = "Message.xsd"


@dataclass(frozen=True)
class Document:
    """A text to show: its line numbers, its colored lines, and whether it is XML at all."""

    numbers: str
    html: SafeString
    is_xml: bool
    line_count: int


@dataclass(frozen=True)
class Verdict:
    """What our schema says: which file, and what is wrong (nothing, if it is valid)."""

    schema: str
    findings: list[str]

    @property
    def stem(self) -> str:
        """The schema's name in its address."""
        return self.schema.removesuffix(".xsd")


def document_of(data: bytes) -> Document:
    """The bytes for showing: as indented XML or JSON, or as they are if they are neither."""
    try:
        text, is_xml = pretty(data), True
    except XmlRefused:
        text, is_xml = _indented_json(data.decode("utf-8", "replace")), False
    lines = text.rstrip("\n").split("\n")
    numbers = "\n".join(str(number) for number in range(1, len(lines) + 1))
    shown = highlighted("\n".join(lines)) if is_xml else format_html("{}", "\n".join(lines))
    return Document(numbers, shown, is_xml, len(lines))


def _indented_json(text: str) -> str:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return json.dumps(found, indent=2, ensure_ascii=False) if isinstance(found, dict) else text


def highlighted(xml: str) -> SafeString:
    """Serialized XML with its tags in color. Every piece of it is escaped."""
    pieces = [_piece(each) for each in _TAG.split(xml) if each]
    return mark_safe("".join(pieces))  # noqa: S308 - each piece comes from format_html


def _piece(text: str) -> SafeString:
    if not _TAG.fullmatch(text):
        return format_html("{}", text)
    parts = ((_CSS[part.lastgroup or "rest"], part.group()) for part in _PARTS.finditer(text))
    return format_html_join("", '<span class="{}">{}</span>', parts)


def verdict_of(data: bytes) -> Verdict:
    """What our schemas say of a message, with the line numbers of the indented document."""
    try:
        shown = pretty(data).encode()
    except XmlRefused:
        shown = data
    return Verdict(schema_of(data), validate(shown))


def schema_of(data: bytes) -> str:
    """File name of the schema that a message is checked against."""
    try:
        return validation.schema_of(data)
    except (XmlRefused, KeyError):
        return GENERIC_SCHEMA
