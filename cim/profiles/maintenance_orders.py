"""MaintenanceOrders (IEC 61968-6): planned work on the utility's or a customer's equipment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from lxml import etree

from cim.nouns import NOUNS
from cim.profiles.binding import NEEDED, Mrid, Names, Tag, read_list, write_list
from cim.profiles.parts import (
    Attachments,
    CrewMember,
    Organisation,
    StreetAddress,
    TelephoneNumber,
)
from cim.profiles.work import (
    ActivityRecord,
    CoordinateSystem,
    Hazard,
    InternalLocation,
    PositionPoint,
    Priority,
    WorkKind,
    WorkStatusKind,
    WorkTaskKind,
    WorkTimeSchedule,
)

NOUN = NOUNS["MaintenanceOrders"]


class ProcedureKind(StrEnum):
    DIAGNOSIS = "diagnosis"
    INSPECTION = "inspection"
    MAINTENANCE = "maintenance"
    OTHER = "other"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLocation:
    """Where the work is done, with the telephone there."""

    mrid: Mrid = ""
    direction: str = ""
    coordinate_system: Annotated[CoordinateSystem | None, Tag("CoordinateSystem")] = None
    hazards: Annotated[tuple[Hazard, ...], Tag("Hazards")] = ()
    internal_location: Annotated[InternalLocation | None, Tag("InternalLocation")] = None
    main_address: StreetAddress | None = None
    names: Names = ()
    phone1: TelephoneNumber | None = None
    position_points: Annotated[tuple[PositionPoint, ...], Tag("PositionPoints")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What a procedure measures. Units are CIM's (``unit_symbol`` "V", ``unit_multiplier`` "k")."""

    measurement_type: str = ""
    phases: str = ""
    unit_multiplier: str = ""
    unit_symbol: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """What is to be done with an asset, in the order of ``sequence_number``."""

    instruction: Annotated[str, NEEDED] = ""
    kind: Annotated[ProcedureKind | None, NEEDED] = None
    sequence_number: str = ""
    measurements: Annotated[tuple[Measurement, ...], Tag("Measurements")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """``utc_number`` tracks the commodity."""

    mrid: Mrid = ""
    critical: Annotated[bool | None, NEEDED] = None
    utc_number: Annotated[str, NEEDED] = ""
    location: Annotated[WorkLocation | None, Tag("Location")] = None
    names: Names = ()
    procedures: Annotated[tuple[Procedure, ...], Tag("Procedures")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkAsset:
    """A tool or a vehicle of the crew. Units: ``odometer_reading`` in m."""

    mrid: Mrid = ""
    critical: Annotated[bool | None, NEEDED] = None
    last_calibration_date: date | None = None
    odometer_read_date_time: datetime | None = None
    odometer_reading: Decimal | None = None
    usage_kind: str = ""
    utc_number: Annotated[str, NEEDED] = ""
    location: Annotated[WorkLocation | None, Tag("Location")] = None
    names: Names = ()
    procedures: Annotated[tuple[Procedure, ...], Tag("Procedures")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    mrid: Mrid = ""
    crew_members: Annotated[tuple[CrewMember, ...], Tag("CrewMembers")] = ()
    names: Names = ()
    work_assets: Annotated[tuple[WorkAsset, ...], Tag("WorkAssets")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    multiplier: str = ""
    unit: str = ""
    value: Annotated[int | None, NEEDED] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialItem:
    mrid: Mrid = ""
    names: Names = ()
    quantity: Quantity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTask:
    mrid: Mrid = ""
    crew_eta: Annotated[datetime | None, Tag("crewETA")] = None
    instruction: str = ""
    status_kind: Annotated[WorkStatusKind | None, NEEDED] = None
    subject: Annotated[str, NEEDED] = ""
    task_kind: Annotated[WorkTaskKind | None, NEEDED] = None
    assets: Annotated[tuple[Asset, ...], Tag("Assets")] = ()
    crews: Annotated[tuple[Crew, ...], Tag("Crews")] = ()
    material_items: Annotated[tuple[MaterialItem, ...], Tag("MaterialItems")] = ()
    names: Names = ()
    old_asset: Annotated[Asset | None, Tag("OldAsset")] = None
    time_schedules: Annotated[tuple[WorkTimeSchedule, ...], Tag("TimeSchedules")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One piece of work with its tasks. Times carry an offset; mRIDs are UUIDs."""

    mrid: Mrid = ""
    kind: Annotated[WorkKind | None, NEEDED] = None
    last_modified_date_time: datetime | None = None
    request_date_time: datetime | None = None
    status_kind: Annotated[WorkStatusKind | None, NEEDED] = None
    activity_records: Annotated[tuple[ActivityRecord, ...], Tag("ActivityRecords")] = ()
    names: Names = ()
    priority: Priority | None = None
    time_schedules: Annotated[tuple[WorkTimeSchedule, ...], Tag("TimeSchedules")] = ()
    work_location: Annotated[WorkLocation | None, Tag("WorkLocation")] = None
    work_tasks: Annotated[tuple[WorkTask, ...], Tag("WorkTasks")] = ()
    attachments: Annotated[Attachments | None, Tag("Attachments")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceOrder:
    """``work`` holds at least one piece of work, unless it is a change."""

    mrid: Mrid = ""
    names: Names = ()
    organisation: Annotated[Organisation | None, Tag("Organisation")] = None
    work: Annotated[tuple[Work, ...], Tag("Work", is_needed=True)] = ()


def to_element(orders: Sequence[MaintenanceOrder], *, is_partial: bool = False) -> etree._Element:
    """The MaintenanceOrders payload; ``is_partial`` for a change that leaves out what stays.

    Raises MessageRefused for what XML or the schema forbids.
    """
    return write_list(NOUN, "MaintenanceOrder", orders, is_partial=is_partial)


def from_element(root: etree._Element, *, is_partial: bool = False) -> tuple[MaintenanceOrder, ...]:
    """What the payload says; ``is_partial`` for a change, which need not name what stays.

    Raises MessageRefused with the code to answer.
    """
    return read_list(NOUN, "MaintenanceOrder", MaintenanceOrder, root, is_partial=is_partial)
