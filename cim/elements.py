"""Small words for writing and reading elements: text, times, numbers, flags."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from lxml import etree

from cim import errors
from cim.xml import local_name

_PLAIN_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


class MessageRefused(Exception):
    """A message cannot be read or must not be sent.

    ``code`` is the IEC 61968-100 Reply error code to answer with, ``detail`` is for people.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code} {errors.meaning(code)}: {detail}")
        self.code = code
        self.detail = detail


def add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    """Append a child in the parent's namespace."""
    space = etree.QName(parent).namespace
    child = etree.SubElement(parent, etree.QName(space, name))
    if text is not None:
        set_text(child, text)
    return child


def add_filled(parent: etree._Element, name: str, text: str | None) -> None:
    """Append a child unless its text is None or empty: unknown is left out, never sent empty."""
    if text:
        add(parent, name, text)


def set_text(element: etree._Element, text: str) -> None:
    """Raises MessageRefused for characters that XML cannot carry."""
    try:
        element.text = text
    except ValueError as error:
        name = local_name(element)
        raise MessageRefused(errors.INVALID, f"{name} holds a control character") from error


def child(parent: etree._Element, name: str) -> etree._Element | None:
    """The one child of that local name, whatever its namespace. Raises if there are two."""
    found = children(parent, name)
    if len(found) > 1:
        raise MessageRefused(errors.INVALID, f"{name} occurs {len(found)} times")
    return found[0] if found else None


def children(parent: etree._Element, name: str) -> list[etree._Element]:
    """The children of that local name, whatever their namespace."""
    return list(parent.iterchildren(f"{{*}}{name}"))


def needed(parent: etree._Element, name: str) -> etree._Element:
    """The one child of that name. Raises MessageRefused if it is missing."""
    found = child(parent, name)
    if found is None:
        raise MessageRefused(errors.PAYLOAD_MISSING, f"{local_name(parent)} has no {name}")
    return found


def text(parent: etree._Element, name: str) -> str:
    """Text of the one child of that name, "" if it is missing."""
    found = child(parent, name)
    return "" if found is None else (found.text or "")


def needed_text(parent: etree._Element, name: str) -> str:
    return needed(parent, name).text or ""


def write_time(moment: datetime) -> str:
    """xs:dateTime in UTC. Raises MessageRefused for a time without an offset."""
    if moment.utcoffset() is None:
        raise MessageRefused(errors.INVALID, "a time without an offset")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_time(value: str) -> datetime:
    """xs:dateTime; without an offset it is read as UTC. Raises MessageRefused."""
    trimmed = value.strip()
    if not _DATE_TIME.fullmatch(trimmed):
        raise MessageRefused(errors.INVALID, f"not a time: {trimmed[:40]!r}")
    try:
        moment = datetime.fromisoformat(trimmed)
    except ValueError as error:
        raise MessageRefused(errors.INVALID, f"not a time: {trimmed[:40]!r}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def write_number(number: Decimal) -> str:
    """Plain notation, no exponent, no idle zeros. Raises MessageRefused for NaN and infinity."""
    if not number.is_finite():
        raise MessageRefused(errors.INVALID, f"{number} is not a number to send")
    plain = format(number, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def read_number(value: str) -> Decimal:
    """A finite number in plain notation. Raises MessageRefused for anything else."""
    trimmed = value.strip()
    if not _PLAIN_NUMBER.fullmatch(trimmed):
        raise MessageRefused(errors.INVALID, f"not a plain number: {trimmed[:40]!r}")
    return Decimal(trimmed)


def read_integer(value: str) -> int:
    """A whole number that is not negative. Raises MessageRefused."""
    trimmed = value.strip()
    if not (trimmed.isascii() and trimmed.isdigit() and len(trimmed) <= 18):
        raise MessageRefused(errors.INVALID, f"not a whole number: {trimmed[:40]!r}")
    return int(trimmed)


def write_flag(value: bool) -> str:
    return "true" if value else "false"


def read_flag(value: str) -> bool:
    """xs:boolean. Raises MessageRefused."""
    try:
        return _FLAGS[value.strip()]
    except KeyError:
        raise MessageRefused(errors.INVALID, f"not true or false: {value[:40]!r}") from None
