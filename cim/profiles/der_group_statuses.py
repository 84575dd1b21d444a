"""DERGroupStatuses (IEC 61968-5): what groups of DER do now, and the most and least they can."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lxml import etree

from cim.nouns import NOUNS
from cim.profiles.binding import Mrid, Names, Tag, read_list, write_list
from cim.profiles.der_parts import (
    DerUnitSymbol,
    FlowDirectionKind,
    InstalledMax,
    InstalledMin,
    Kind,
    Maximum,
    Minimum,
    Nominal,
    Status,
    UnitMultiplier,
)

NOUN = NOUNS["DERGroupStatuses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveData:
    """The value at one time. ``time_stamp`` has an offset."""

    max_y_value: Maximum = None
    min_y_value: Minimum = None
    nominal_y_value: Nominal = None
    time_stamp: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorableParameter:
    """One quantity of a group, in ``y_unit`` times ``y_multiplier``."""

    der_parameter: Kind
    flow_direction: FlowDirectionKind | None = None
    y_multiplier: UnitMultiplier
    y_unit: DerUnitSymbol
    y_unit_installed_max: InstalledMax = None
    y_unit_installed_min: InstalledMin = None
    der_curve_data: Annotated[CurveData, Tag("DERCurveData")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupStatus:
    mrid: Mrid = ""
    parameters: Annotated[tuple[MonitorableParameter, ...], Tag("DERMonitorableParameter")]
    names: Names = ()
    status: Status | None = None


def to_element(statuses: Sequence[GroupStatus]) -> etree._Element:
    """The DERGroupStatuses payload. Raises MessageRefused for what XML or the schema forbids."""
    return write_list(NOUN, "EndDeviceGroup", statuses)


def from_element(root: etree._Element) -> tuple[GroupStatus, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "EndDeviceGroup", GroupStatus, root)
