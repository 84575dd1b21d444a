"""DERGroupForecasts (IEC 61968-5): what groups of DER are expected to be able to do."""

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
    InstalledMax,
    InstalledMin,
    Kind,
    Maximum,
    Minimum,
    Nominal,
    TimeIntervalKind,
    UnitMultiplier,
)

NOUN = NOUNS["DERGroupForecasts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveData:
    """The values of one interval, counted from 1."""

    interval_number: int
    max_y_value: Maximum = None
    min_y_value: Minimum = None
    nominal_y_value: Nominal = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSchedule:
    """Intervals of equal length. Units: ``confidence`` in percent."""

    confidence: Decimal | None = None
    curve_style_kind: CurveStyle
    start_time: datetime
    time_interval_duration: int
    time_interval_unit: TimeIntervalKind
    der_curve_data: Annotated[tuple[CurveData, ...], Tag("DERCurveData")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorableParameter:
    """One quantity of a group, in ``y_unit`` times ``y_multiplier``."""

    der_parameter: Kind
    flow_direction: FlowDirectionKind | None = None
    y_multiplier: UnitMultiplier
    y_unit: DerUnitSymbol
    y_unit_installed_max: InstalledMax = None
    y_unit_installed_min: InstalledMin = None
    schedules: Annotated[tuple[DispatchSchedule, ...], Tag("DispatchSchedule")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastGroup:
    mrid: Mrid = ""
    parameters: Annotated[tuple[MonitorableParameter, ...], Tag("DERMonitorableParameter")]
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupForecast:
    mrid: Mrid = ""
    prediction_creation_date: datetime
    end_device_group: Annotated[ForecastGroup, Tag("EndDeviceGroup")]
    names: Names = ()


def to_element(forecasts: Sequence[GroupForecast]) -> etree._Element:
    """The DERGroupForecasts payload. Raises MessageRefused for what XML or the schema forbids."""
    return write_list(NOUN, "DERGroupForecast", forecasts)


def from_element(root: etree._Element) -> tuple[GroupForecast, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "DERGroupForecast", GroupForecast, root)
