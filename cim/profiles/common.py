"""What every profile shares: CIM names, references, and the event that explains a change."""

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from cim.elements import (
    add,
    add_filled,
    child,
    children,
    needed,
    needed_text,
    read_time,
    text,
    write_time,
)
from cim.xml import local_name


@dataclass(frozen=True, slots=True)
class Name:
    """CIM Names: a name, what kind of name it is, and who gives such names."""

    name: str
    name_type: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """Another object by mRID, with at most one name for people. Never a person's name."""

    mrid: str
    name: str = ""


def write_names(parent: etree._Element, names: tuple[Name, ...]) -> None:
    for name in names:
        write_name(add(parent, "Names"), name)


def write_name(element: etree._Element, name: Name) -> None:
    add(element, "name", name.name)
    if name.name_type:
        kind = add(element, "NameType")
        add(kind, "name", name.name_type)
        if name.authority:
            add(add(kind, "NameTypeAuthority"), "name", name.authority)


def read_names(parent: etree._Element) -> tuple[Name, ...]:
    return tuple(read_name(each) for each in children(parent, "Names"))


def read_name(element: etree._Element) -> Name:
    if len(element) == 1 and local_name(element[0]) == "name":
        return Name(element[0].text or "")
    kind = child(element, "NameType")
    authority = None if kind is None else child(kind, "NameTypeAuthority")
    return Name(
        name=needed_text(element, "name"),
        name_type="" if kind is None else text(kind, "name"),
        authority="" if authority is None else text(authority, "name"),
    )


def write_reference(parent: etree._Element, tag: str, reference: Reference | None) -> None:
    if reference is not None:
        element = add(parent, tag)
        add(element, "mRID", reference.mrid)
        if reference.name:
            add(add(element, "Names"), "name", reference.name)


def read_reference(parent: etree._Element, tag: str) -> Reference | None:
    element = child(parent, tag)
    if element is None:
        return None
    names = read_names(element)
    return Reference(needed_text(element, "mRID"), names[0].name if names else "")


def needed_reference(parent: etree._Element, tag: str) -> Reference:
    """Raises MessageRefused if the reference is missing."""
    element = needed(parent, tag)
    names = read_names(element)
    return Reference(needed_text(element, "mRID"), names[0].name if names else "")


def write_event(root: etree._Element, effective_at: datetime, reason: str) -> None:
    """CIM ConfigurationEvent: from when it holds, and why it was changed."""
    event = add(root, "ConfigurationEvent")
    add(event, "effectiveDateTime", write_time(effective_at))
    add_filled(event, "reason", reason)


def read_event(root: etree._Element) -> tuple[datetime, str]:
    event = needed(root, "ConfigurationEvent")
    return read_time(needed_text(event, "effectiveDateTime")), text(event, "reason")
