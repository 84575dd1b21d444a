"""DERGroupDispatches (IEC 61968-5): what groups of DER shall do, one quantity each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from lxml import etree

from cim.nouns import NOUNS
from cim.profiles.binding import Mrid, Names, Tag, read_list, write_list
from cim.profiles.der_parts import (
    CurveStyle,
    DerUnitSymbol,
    FlowDirectionKind,
    Kind,
    TimeIntervalKind,
    UnitMultiplier,
)

NOUN = NOUNS["DERGroupDispatches"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveData:
    """The value of one interval, counted from 1."""

    interval_number: int
    nominal_y_value: Annotated[Decimal, Tag("nominalYValue")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSchedule:
    """Intervals of equal length."""

    curve_style_kind: CurveStyle
    start_time: datetime
    time_interval_duration: int
    time_interval_unit: TimeIntervalKind
    der_curve_data: Annotated[tuple[CurveData, ...], Tag("DERCurveData")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorableParameter:
    """The quantity to reach, in ``y_unit`` times ``y_multiplier``."""

    der_parameter: Kind
    flow_direction: FlowDirectionKind | None = None
    y_multiplier: UnitMultiplier
    y_unit: DerUnitSymbol
    schedules: Annotated[tuple[DispatchSchedule, ...], Tag("DispatchSchedule")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchedGroup:
    mrid: Mrid = ""
    parameter: Annotated[MonitorableParameter, Tag("DERMonitorableParameter")]
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDispatch:
    mrid: Mrid = ""
    end_device_group: Annotated[DispatchedGroup, Tag("EndDeviceGroup")]
    names: Names = ()


def to_element(dispatches: Sequence[GroupDispatch]) -> etree._Element:
    """The DERGroupDispatches payload. Raises MessageRefused for what XML or the schema forbids."""
    return write_list(NOUN, "DERGroupDispatch", dispatches)


def from_element(root: etree._Element) -> tuple[GroupDispatch, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "DERGroupDispatch", GroupDispatch, root)
