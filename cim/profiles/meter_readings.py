"""MeterReadings (IEC 61968-9): what was measured at a usage point, as intervals or single values.

Elements and their order are those of the published schema of 2011. A reading type is a code of
18 numbers, for example :data:`DELIVERED_15_MINUTES`. In this noun a name that has a type must also
name the type's authority.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from lxml import etree

from cim.nouns import NOUNS
from cim.profiles.binding import Mrid, Names, Tag, read_list, type_reference, write_list
from cim.profiles.parts import Interval, Named

NOUN = NOUNS["MeterReadings"]
# Energy of 15 minutes in kWh: flow direction 1 is taken from the grid, 19 is given to it.
DELIVERED_15_MINUTES = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
RECEIVED_15_MINUTES = "0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.3.72.0"


class ReadingReasonKind(StrEnum):
    BILLING = "billing"
    DEMAND_RESET = "demandReset"
    INQUIRY = "inquiry"
    INSTALLATION = "installation"
    LOAD_MANAGEMENT = "loadManagement"
    LOAD_RESEARCH = "loadResearch"
    MOVE_IN = "moveIn"
    MOVE_OUT = "moveOut"
    OTHER = "other"
    REMOVAL = "removal"
    SERVICE_CONNECT = "serviceConnect"
    SERVICE_DISCONNECT = "serviceDisconnect"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingQuality:
    """``reading_quality_type`` is a code, for example 1.0.0 for valid."""

    comment: str = ""
    source: str = ""
    time_stamp: datetime | None = None
    reading_quality_type: Annotated[str, type_reference("ReadingQualityType")]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalReading:
    """``time_stamp`` is the end of the interval; the block's reading type gives the unit."""

    reported_date_time: datetime | None = None
    source: str = ""
    time_stamp: datetime | None = None
    value: Decimal | None = None
    reading_qualities: Annotated[tuple[ReadingQuality, ...], Tag("ReadingQualities")] = ()
    time_period: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalBlock:
    """Readings of one type, in the order of time."""

    interval_readings: Annotated[tuple[IntervalReading, ...], Tag("IntervalReadings")] = ()
    reading_type: Annotated[str, type_reference("ReadingType")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    mrid: Mrid = ""
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value, for example a register at the end of a month."""

    reason: ReadingReasonKind | None = None
    reported_date_time: datetime | None = None
    source: str = ""
    time_stamp: datetime | None = None
    value: Decimal | None = None
    reading_qualities: Annotated[tuple[ReadingQuality, ...], Tag("ReadingQualities")] = ()
    reading_type: Annotated[str, type_reference("ReadingType")]
    time_period: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReading:
    is_coincident_trigger: bool | None = None
    interval_blocks: Annotated[tuple[IntervalBlock, ...], Tag("IntervalBlocks")] = ()
    meter: Annotated[Meter | None, Tag("Meter")] = None
    readings: Annotated[tuple[Reading, ...], Tag("Readings")] = ()
    usage_point: Annotated[Named | None, Tag("UsagePoint")] = None
    values_interval: Interval | None = None


def to_element(readings: Sequence[MeterReading]) -> etree._Element:
    """The MeterReadings payload. Raises MessageRefused for what XML or the schema forbids."""
    return write_list(NOUN, "MeterReading", readings)


def from_element(root: etree._Element) -> tuple[MeterReading, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "MeterReading", MeterReading, root)
