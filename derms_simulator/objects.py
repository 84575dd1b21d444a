"""What any payload says of its objects, without its profile: mRID, names, members, functions."""

from typing import Any

from lxml import etree

from cim import errors
from cim.elements import MessageRefused, children, text
from cim.xml import local_name

GROUPS = "DERGroups"


def objects_in(noun: str, payload: etree._Element) -> list[tuple[str, dict[str, Any]]]:
    """Each object's mRID (or its name, without one) and facts. Raises MessageRefused."""
    if local_name(payload) != noun:
        raise MessageRefused(errors.INVALID, f"the payload of {noun} is {local_name(payload)}")
    found = [_object(noun, each) for each in payload]
    if not found:
        raise MessageRefused(errors.PAYLOAD_MISSING, f"{local_name(payload)} holds no object")
    return found


def _object(noun: str, element: etree._Element) -> tuple[str, dict[str, Any]]:
    names = _names(element)
    mrid = text(element, "mRID").strip() or (names[0] if names else "")
    if not mrid:
        raise MessageRefused(errors.INVALID, f"{local_name(element)} has neither mRID nor a name")
    facts: dict[str, Any] = {"names": names}
    return mrid, facts | _group(element) if noun == GROUPS else facts


def _names(element: etree._Element) -> list[str]:
    return [text(each, "name").strip() for each in children(element, "Names")]


def _group(element: etree._Element) -> dict[str, Any]:
    members = children(element, "EndDevices")
    return {
        "members": [text(each, "mRID").strip() or next(iter(_names(each)), "") for each in members],
        "functions": [
            local_name(each)
            for function in children(element, "DERFunction")
            for each in function
            if each.text in ("true", "1")
        ],
        "version": ".".join(
            text(version, part)
            for version in children(element, "version")
            for part in ("major", "minor", "revision")
            if text(version, part)
        ),
    }


def without_members(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of an operation that takes the named members out of the group."""
    return {**facts, "members": [], "left": facts.get("members", [])}


def merged(known: dict[str, Any] | None, told: dict[str, Any]) -> dict[str, Any]:
    """A group after a change: what is told is added, what left is taken out, the rest stays."""
    before = known or {}
    members = [*before.get("members", ()), *told.get("members", ())]
    left = set(told.get("left", ()))
    kept = {name: told.get(name) or value for name, value in before.items()}
    return {
        **{name: value for name, value in told.items() if name != "left"},
        **kept,
        "members": [each for each in dict.fromkeys(members) if each not in left],
    }
