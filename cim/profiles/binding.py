"""Dataclasses that are their own mapping to XML: one field for each element, in schema order.

A field is written as its own name in camelCase, unless it is annotated with :class:`Tag`. A field
without a default is a required element, one that is annotated with ``is_needed`` is required unless
only a part of an object is told: what a change changes. Text "" and None are left out, never sent
empty.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache, partial
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    NamedTuple,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from lxml import etree

from cim import errors
from cim.elements import (
    MessageRefused,
    add,
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
    """The element of a field: its name ("" for the field's own), unit attribute, codec.

    ``is_needed``: a whole object has it; a part of one, in a change, may leave it out.
    """

    name: str = ""
    unit: str = ""
    codec: Codec | None = None
    is_needed: bool = False


NEEDED = Tag(is_needed=True)


Mrid = Annotated[str, Tag("mRID")]
Names = Annotated[tuple[Name, ...], Tag("Names", codec=Codec(write_name, read_name))]
NAMES_NEEDED = Tag("Names", codec=Codec(write_name, read_name), is_needed=True)


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

    def may_be_absent(self, *, is_partial: bool) -> bool:
        """Whether an element without it is one."""
        return not self.is_required or (is_partial and self.tag.is_needed)


def write_list(
    noun: Noun, tag: str, items: Sequence[object], *, is_partial: bool = False
) -> etree._Element:
    """The payload of a noun: its container with one element for each item."""
    return write_lists(noun, {tag: items}, is_partial=is_partial)


def write_lists(
    noun: Noun, lists: Mapping[str, Sequence[object]], *, is_partial: bool = False
) -> etree._Element:
    """The payload of a noun whose container holds several lists, in the order of the schema."""
    space = noun.profile_namespace
    root = etree.Element(etree.QName(space, noun.name), nsmap={None: space})
    for tag, items in lists.items():
        for item in items:
            write(add(root, tag), item, is_partial=is_partial)
    return root


def read_list(
    noun: Noun, tag: str, cls: type[T], root: etree._Element, *, is_partial: bool = False
) -> tuple[T, ...]:
    """The items of a payload. Raises MessageRefused with the code to answer."""
    found = read_some(noun, tag, cls, root, is_partial=is_partial)
    if not found:
        raise MessageRefused(errors.PAYLOAD_MISSING, f"{noun.name} has no {tag}")
    return found


def read_some(
    noun: Noun, tag: str, cls: type[T], root: etree._Element, *, is_partial: bool = False
) -> tuple[T, ...]:
    """The items of a payload that may have none. Raises MessageRefused."""
    if local_name(root) != noun.name:
        raise MessageRefused(errors.NOUN_INVALID, f"{local_name(root)[:60]} is no {noun.name}")
    return tuple(read(cls, each, is_partial=is_partial) for each in children(root, tag))


def write(element: etree._Element, value: object, *, is_partial: bool = False) -> None:
    """Fill an element from a dataclass. Raises MessageRefused for what is required and empty."""
    for slot in slots_of(type(value)):
        content = getattr(value, slot.field)
        if content is None or content in ("", ()):
            if not slot.may_be_absent(is_partial=is_partial):
                raise _missing(element, slot)
        elif slot.is_many:
            for each in content:
                _write_one(element, slot, each, is_partial)
        else:
            _write_one(element, slot, content, is_partial)


def _write_one(element: etree._Element, slot: Slot, content: Any, is_partial: bool) -> None:
    made = add(element, slot.tag.name)
    if slot.tag.unit:
        made.set("unit", slot.tag.unit)
    if slot.tag.codec:
        slot.tag.codec.write(made, content)
    elif is_dataclass(slot.kind):
        write(made, content, is_partial=is_partial)
    else:
        set_text(made, _WRITERS[_plain(slot.kind)](content))


def read(cls: type[T], element: etree._Element, *, is_partial: bool = False) -> T:
    """A dataclass from its element, whatever the namespace; unknown elements are passed over.

    Raises MessageRefused for a required element that is missing and for a value that is none.
    """
    space = etree.QName(element).namespace or ""
    return cast(T, _reader_of(cast(Any, cls), space, is_partial)(element))


class _Entry(NamedTuple):
    """What becomes of one child."""

    field: str
    is_many: bool
    read: Callable[[etree._Element], Any]


class _Plan(NamedTuple):
    """How elements of one namespace become one dataclass."""

    cls: Any
    by_tag: dict[Any, _Entry]
    by_name: dict[str, _Entry]
    lists: list[str]
    needed: list[Slot]


@lru_cache(maxsize=1000)
def _reader_of(cls: Any, space: str, is_partial: bool) -> Callable[[etree._Element], Any]:
    """What reads elements of one namespace into a dataclass; made once, for messages of thousands.

    An element of another namespace is known by its local name, as everywhere.
    """
    slots = slots_of(cls)
    by_name = {
        slot.tag.name: _Entry(slot.field, slot.is_many, _one_reader(slot, space, is_partial))
        for slot in slots
    }
    plan = _Plan(
        cls=cls,
        by_tag={f"{{{space}}}{name}": entry for name, entry in by_name.items()},
        by_name=by_name,
        lists=[slot.field for slot in slots if slot.is_many],
        needed=[slot for slot in slots if not slot.may_be_absent(is_partial=is_partial)],
    )
    return partial(_read_planned, plan)


def _read_planned(plan: _Plan, element: etree._Element) -> Any:
    """One pass over the children."""
    cls, by_tag, by_name, lists, needed = plan
    found: dict[str, Any] = {field: [] for field in lists}
    for each in element:
        entry = by_tag.get(each.tag) or by_name.get(local_name(each))
        if entry is not None:
            field, is_many, read_one = entry
            if is_many:
                found[field].append(read_one(each))
            elif field in found:
                raise _repeated(each)
            else:
                found[field] = read_one(each)
    for field in lists:
        found[field] = tuple(found[field])
    for slot in needed:
        if found.get(slot.field, ()) == ():
            raise _missing(element, slot)
    return cls(**found)


def _one_reader(slot: Slot, space: str, is_partial: bool) -> Callable[[etree._Element], Any]:
    """What reads one element of a field."""
    if slot.tag.codec:
        return slot.tag.codec.read
    if is_dataclass(slot.kind):
        return _reader_of(slot.kind, space, is_partial)
    if slot.kind is str and not slot.tag.unit:
        return _read_text
    return partial(_read_value, slot)


def _read_text(element: etree._Element) -> str:
    return element.text or ""


def _read_value(slot: Slot, element: etree._Element) -> Any:
    unit = element.get("unit", "")
    if slot.tag.unit and unit != slot.tag.unit:
        detail = f"{slot.tag.name} in {unit[:10]!r}, expected {slot.tag.unit!r}"
        raise MessageRefused(errors.INVALID, detail)
    text = element.text or ""
    if issubclass(slot.kind, Enum):
        return _word(slot, text.strip())
    return _READERS[slot.kind](text)


def _repeated(element: etree._Element) -> MessageRefused:
    return MessageRefused(errors.INVALID, f"{local_name(element)} occurs more than once")


def _missing(element: etree._Element, slot: Slot) -> MessageRefused:
    detail = f"{local_name(element)} has no {slot.tag.name}"
    return MessageRefused(errors.PAYLOAD_MISSING, detail)


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
    named = replace(tag, name=tag.name or _camel(name))
    return Slot(name, named, kind, is_many, is_required or tag.is_needed)


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
