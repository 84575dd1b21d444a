"""MeterReadings (IEC 61968-9): what was measured at a usage point, as intervals or single values.

Elements and their order are those of the published schema of 2011. A reading type is a code of
18 numbers, for example :data:`DELIVERED_15_MINUTES`; a catalogue may say what the codes mean. In
this noun a name that has a type must also name the type's authority.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from lxml import etree

from cim.nouns import NOUNS
from cim.profiles.binding import (
    NEEDED,
    Mrid,
    Names,
    Tag,
    read_list,
    read_some,
    type_reference,
    write_lists,
)
from cim.profiles.end_device_events import EndDeviceEventDetail
from cim.profiles.metering import (
    DeviceCodeType,
    ReadingQuality,
    ReadingQualityType,
    ReadingReasonKind,
    ReadingType,
)
from cim.profiles.parts import Interval, Named, Status

NOUN = NOUNS["MeterReadings"]
# Energy of 15 minutes in kWh: flow direction 1 is taken from the grid, 19 is given to it.
DELIVERED_15_MINUTES = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
RECEIVED_15_MINUTES = "0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.3.72.0"


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
class PendingCalculation:
    """What is still to be done with the values; ``reading_type`` is then their type."""

    multiply_before_add: bool | None = None
    offset: int | None = None
    scalar_denominator: int | None = None
    scalar_float: Decimal | None = None
    scalar_numerator: int | None = None
    reading_type: Annotated[str, type_reference("ReadingType")]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalBlock:
    """Readings of one type, in the order of time."""

    interval_readings: Annotated[tuple[IntervalReading, ...], Tag("IntervalReadings")] = ()
    pending_calculation: Annotated[PendingCalculation | None, Tag("PendingCalculation")] = None
    reading_type: Annotated[str, type_reference("ReadingType")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterStatus:
    """What the meter is, since when, and why."""

    date_time: datetime | None = None
    reason: str = ""
    remark: str = ""
    value: Annotated[str, NEEDED] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    mrid: Mrid = ""
    names: Names = ()
    status: MeterStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterEvent:
    """What happened at the meter; ``end_device_event_type`` is a code."""

    mrid: Mrid = ""
    created_date_time: datetime
    issuer_id: Annotated[str, Tag("issuerID")] = ""
    issuer_tracking_id: Annotated[str, Tag("issuerTrackingID")] = ""
    reason: str = ""
    severity: str = ""
    user_id: Annotated[str, Tag("userID")] = ""
    assets: Annotated[Named | None, Tag("Assets")] = None
    details: Annotated[tuple[EndDeviceEventDetail, ...], Tag("EndDeviceEventDetails")] = ()
    end_device_event_type: Annotated[str, type_reference("EndDeviceEventType")]
    names: Names = ()
    status: Status | None = None


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
    end_device_events: Annotated[tuple[MeterEvent, ...], Tag("EndDeviceEvents")] = ()
    interval_blocks: Annotated[tuple[IntervalBlock, ...], Tag("IntervalBlocks")] = ()
    meter: Annotated[Meter | None, Tag("Meter")] = None
    readings: Annotated[tuple[Reading, ...], Tag("Readings")] = ()
    usage_point: Annotated[Named | None, Tag("UsagePoint")] = None
    values_interval: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What the codes in the readings mean."""

    event_types: tuple[DeviceCodeType, ...] = ()
    quality_types: tuple[ReadingQualityType, ...] = ()
    reading_types: tuple[ReadingType, ...] = ()


def to_element(
    readings: Sequence[MeterReading], catalogue: Catalogue = Catalogue()
) -> etree._Element:
    """The MeterReadings payload. Raises MessageRefused for what XML or the schema forbids."""
    lists = {
        "EndDeviceEventType": catalogue.event_types,
        "MeterReading": readings,
        "ReadingQualityType": catalogue.quality_types,
        "ReadingType": catalogue.reading_types,
    }
    return write_lists(NOUN, lists)


def from_element(root: etree._Element) -> tuple[MeterReading, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "MeterReading", MeterReading, root)


def catalogue_from(root: etree._Element) -> Catalogue:
    """What the payload says of its codes. Raises MessageRefused with the code to answer."""
    return Catalogue(
        event_types=read_some(NOUN, "EndDeviceEventType", DeviceCodeType, root),
        quality_types=read_some(NOUN, "ReadingQualityType", ReadingQualityType, root),
        reading_types=read_some(NOUN, "ReadingType", ReadingType, root),
    )
