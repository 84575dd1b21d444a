"""Dataclasses that are their own mapping to XML: one field for each element, in schema order.

A field is written as its own name in camelCase, unless it is annotated with :class:`Tag`. A field
without a default is a required element. Text "" and None are left out, never sent empty.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from lxml import etree

from cim import errors
from cim.elements import (
    MessageRefused,
    add,
    child,
    children,
    read_flag,
    read_integer,
    read_time,
    set_text,
    write_flag,
    write_number,
    write_time,
)
from cim.nouns import Noun
from cim.profiles.common import Name, read_name, write_name
from cim.xml import local_name

T = TypeVar("T")
_KNOWN: dict[type, tuple["Slot", ...]] = {}
_FLOAT = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Codec:
    """How a value that is no plain dataclass fills its element, and how it is read back."""

    write: Callable[[etree._Element, Any], None]
    read: Callable[[etree._Element], Any]


@dataclass(frozen=True, slots=True)
class Tag:
    """The element of a field: its name ("" for the field's own), unit attribute, codec."""

    name: str = ""
    unit: str = ""
    codec: Codec | None = None


Mrid = Annotated[str, Tag("mRID")]
Names = Annotated[tuple[Name, ...], Tag("Names", codec=Codec(write_name, read_name))]


def _write_type(element: etree._Element, code: str) -> None:
    element.set("ref", code)


def _read_type(element: etree._Element) -> str:
    code = element.get("ref", "").strip()
    if not code:
        raise MessageRefused(errors.PAYLOAD_MISSING, f"{local_name(element)} has no ref")
    return code


def type_reference(name: str) -> Tag:
    """An empty element that names a type by its code, in the attribute ref."""
    return Tag(name, codec=Codec(_write_type, _read_type))


@dataclass(frozen=True, slots=True)
class Slot:
    """One field as the mapping sees it."""

    field: str
    tag: Tag
    kind: type
    is_many: bool
    is_required: bool


def write_list(noun: Noun, tag: str, items: Sequence[object]) -> etree._Element:
    """The payload of a noun: its container with one element for each item."""
    space = noun.profile_namespace
    root = etree.Element(etree.QName(space, noun.name), nsmap={None: space})
    for item in items:
        write(add(root, tag), item)
    return root


def read_list(noun: Noun, tag: str, cls: type[T], root: etree._Element) -> tuple[T, ...]:
    """The items of a payload. Raises MessageRefused with the code to answer."""
    if local_name(root) != noun.name:
        raise MessageRefused(errors.NOUN_INVALID, f"{local_name(root)[:60]} is no {noun.name}")
    found = children(root, tag)
    if not found:
        raise MessageRefused(errors.PAYLOAD_MISSING, f"{noun.name} has no {tag}")
    return tuple(read(cls, each) for each in found)


def write(element: etree._Element, value: object) -> None:
    """Fill an element from a dataclass. Raises MessageRefused for a required text that is empty."""
    for slot in slots_of(type(value)):
        content = getattr(value, slot.field)
        if slot.is_many:
            for each in content:
                _write_one(element, slot, each)
        elif content is not None and content != "":
            _write_one(element, slot, content)
        elif slot.is_required:
            raise _missing(element, slot)


def _write_one(element: etree._Element, slot: Slot, content: Any) -> None:
    made = add(element, slot.tag.name)
    if slot.tag.unit:
        made.set("unit", slot.tag.unit)
    if slot.tag.codec:
        slot.tag.codec.write(made, content)
    elif is_dataclass(slot.kind):
        write(made, content)
    else:
        set_text(made, _WRITERS[_plain(slot.kind)](content))


def read(cls: type[T], element: etree._Element) -> T:
    """A dataclass from its element, whatever the namespace; unknown elements are passed over.

    Raises MessageRefused for a required element that is missing and for a value that is none.
    """
    found = {slot.field: _read_slot(element, slot) for slot in slots_of(cls)}
    known = {field: value for field, value in found.items() if value is not None}
    return cast(T, cast(Any, cls)(**known))


def _read_slot(element: etree._Element, slot: Slot) -> Any:
    if slot.is_many:
        return tuple(_read_one(each, slot) for each in children(element, slot.tag.name))
    found = child(element, slot.tag.name)
    return _absent(element, slot) if found is None else _read_one(found, slot)


def _absent(element: etree._Element, slot: Slot) -> Any:
    if slot.is_required:
        raise _missing(element, slot)
    return None


def _missing(element: etree._Element, slot: Slot) -> MessageRefused:
    detail = f"{local_name(element)} has no {slot.tag.name}"
    return MessageRefused(errors.PAYLOAD_MISSING, detail)


def _read_one(element: etree._Element, slot: Slot) -> Any:
    if slot.tag.codec:
        return slot.tag.codec.read(element)
    if is_dataclass(slot.kind):
        return read(slot.kind, element)
    unit = element.get("unit", "")
    if slot.tag.unit and unit != slot.tag.unit:
        detail = f"{slot.tag.name} in {unit[:10]!r}, expected {slot.tag.unit!r}"
        raise MessageRefused(errors.INVALID, detail)
    text = element.text or ""
    if issubclass(slot.kind, Enum):
        return _word(slot, text.strip())
    return _READERS[slot.kind](text)


def _word(slot: Slot, text: str) -> Enum:
    try:
        return cast(Enum, slot.kind(text))
    except ValueError as error:
        detail = f"{slot.tag.name} is {text[:40]!r}, not a {slot.kind.__name__}"
        raise MessageRefused(errors.INVALID, detail) from error


def slots_of(cls: Any) -> tuple[Slot, ...]:
    """The fields of a mapped dataclass, in the order of the schema."""
    if cls not in _KNOWN:
        hints = get_type_hints(cls, include_extras=True)
        _KNOWN[cls] = tuple(
            _slot(each.name, hints[each.name], each.default is MISSING) for each in fields(cls)
        )
    return _KNOWN[cls]


def _slot(name: str, hint: Any, is_required: bool) -> Slot:
    tag = Tag()
    if get_origin(hint) is Annotated:
        hint, tag = get_args(hint)
    if get_origin(hint) in (Union, UnionType):
        hint = next(each for each in get_args(hint) if each is not NoneType)
    is_many = get_origin(hint) is tuple
    kind = get_args(hint)[0] if is_many else hint
    named = Tag(tag.name or _camel(name), tag.unit, tag.codec)
    return Slot(name, named, kind, is_many, is_required)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _plain(kind: type) -> type:
    return str if issubclass(kind, Enum) else kind


def _read_float(value: str) -> Decimal:
    trimmed = value.strip()
    if not _FLOAT.fullmatch(trimmed):
        raise MessageRefused(errors.INVALID, f"not a number: {trimmed[:40]!r}")
    return Decimal(trimmed)


def _read_date(value: str) -> date:
    trimmed = value.strip()
    try:
        if _DATE.fullmatch(trimmed):
            return date.fromisoformat(trimmed)
    except ValueError:
        pass
    raise MessageRefused(errors.INVALID, f"not a date: {trimmed[:40]!r}")


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: str,
    bool: write_flag,
    int: str,
    Decimal: write_number,
    datetime: write_time,
    date: date.isoformat,
}
_READERS: dict[type, Callable[[str], Any]] = {
    str: str,
    bool: read_flag,
    int: read_integer,
    Decimal: _read_float,
    datetime: read_time,
    date: _read_date,
}
