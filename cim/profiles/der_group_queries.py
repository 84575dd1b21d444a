"""DERGroupQueries (IEC 61968-5): which groups are asked for, by mRID or names."""

from collections.abc import Sequence

from lxml import etree

from cim.nouns import NOUNS
from cim.profiles.binding import read_list, write_list
from cim.profiles.parts import Named

NOUN = NOUNS["DERGroupQueries"]


def to_element(groups: Sequence[Named]) -> etree._Element:
    """The DERGroupQueries payload. Raises MessageRefused for what XML or the schema forbids."""
    return write_list(NOUN, "EndDeviceGroup", groups)


def from_element(root: etree._Element) -> tuple[Named, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "EndDeviceGroup", Named, root)
