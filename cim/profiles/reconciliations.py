"""Reconciliations: whether two systems know the same objects, in the same versions.

No IEC noun does it, so the noun and its profile are ours. A get is answered with the digest of a
slice and of its parts; a create brings the list of one side and is answered with the differences.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from lxml import etree

from cim.nouns import NOUNS
from cim.profiles.binding import Mrid, Tag, read_list, write_list

NOUN = NOUNS["Reconciliations"]


class DifferenceKind(StrEnum):
    """What the side that sent its list has wrong."""

    MISSING = "missing"
    OUTDATED = "outdated"
    AHEAD = "ahead"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A version is left out where the object is not known."""

    kind: DifferenceKind
    mrid: Mrid
    our_version: int | None = None
    their_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An object and the version in which it is known."""

    mrid: Mrid
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The digest of a part of a slice."""

    count: int
    prefix: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """Of the objects whose mRIDs begin with ``prefix`` (hexadecimal digits, no hyphens; "": all).

    ``sha256`` is over a line "mRID version" with a line feed for each object, in the order of the
    mRIDs. ``comparison`` is the number of a comparison on record, ``matching_count`` and
    ``difference_count`` what it found.
    """

    comparison: int | None = None
    count: int | None = None
    difference_count: int | None = None
    matching_count: int | None = None
    prefix: str = ""
    sha256: str = ""
    differences: Annotated[tuple[Difference, ...], Tag("Differences")] = ()
    known: Annotated[tuple[Known, ...], Tag("KnownObjects")] = ()
    parts: Annotated[tuple[Part, ...], Tag("Parts")] = ()


def to_element(found: Sequence[Reconciliation]) -> etree._Element:
    """The Reconciliations payload. Raises MessageRefused for what XML or the schema forbids."""
    return write_list(NOUN, "Reconciliation", found)


def from_element(root: etree._Element) -> tuple[Reconciliation, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "Reconciliation", Reconciliation, root)
