"""DERGroups (IEC 61968-5): groups of DER and who is in them.

Created with its functions; changed by what is given (a member more joins, none leaves); a member
is removed by an operation of an OperationSet that names the group and the members to drop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lxml import etree

from cim import errors
from cim.elements import MessageRefused, children
from cim.nouns import NOUNS
from cim.profiles.binding import Mrid, Names, Tag, read_list, write_list
from cim.profiles.parts import Named

NOUN = NOUNS["DERGroups"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DerFunction:
    """What the members of a group can be asked to do."""

    connect_disconnect: bool = False
    frequency_watt_curve_function: bool = False
    max_real_power_limiting: bool = False
    ramp_rate_control: bool = False
    reactive_power_dispatch: bool = False
    real_power_dispatch: bool = False
    voltage_regulation: bool = False
    volt_var_curve_function: bool = False
    volt_watt_curve_function: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """CIM Version. ``date`` has an offset."""

    date: datetime | None = None
    major: int | None = None
    minor: int | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DerGroup:
    """A group. ``der_function`` is needed to create one; ``end_devices`` are its members."""

    mrid: Mrid = ""
    description: str = ""
    der_function: Annotated[DerFunction | None, Tag("DERFunction")] = None
    end_devices: Annotated[tuple[Named, ...], Tag("EndDevices")] = ()
    names: Names = ()
    version: Version | None = None


def to_element(groups: Sequence[DerGroup]) -> etree._Element:
    """The DERGroups payload. Raises MessageRefused for what XML or the schema forbids."""
    return write_list(NOUN, "EndDeviceGroup", groups)


def from_element(root: etree._Element) -> tuple[DerGroup, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "EndDeviceGroup", DerGroup, root)


def member_mrids(root: etree._Element) -> list[str]:
    """The mRIDs of all members, without an object for each: for groups of many thousand.

    Raises MessageRefused if a member has none.
    """
    mrids: list[str] = []
    for group in children(root, "EndDeviceGroup"):
        # The schema puts the group's own before those of its members.
        own = len(children(group, "mRID"))
        found = [each.text or "" for each in group.iter("{*}mRID")][own:]
        if len(found) != len(children(group, "EndDevices")):
            raise MessageRefused(errors.PAYLOAD_MISSING, "EndDevices has no mRID")
        mrids += found
    return mrids
