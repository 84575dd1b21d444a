"""MaintenanceOrders (IEC 61968-6): planned work on the utility's or a customer's equipment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lxml import etree

from cim.nouns import NOUNS
from cim.profiles.binding import Mrid, Names, Tag, read_list, write_list
from cim.profiles.parts import Named
from cim.profiles.work import (
    ActivityRecord,
    Priority,
    TrackedAsset,
    WorkKind,
    WorkLocation,
    WorkStatusKind,
    WorkTaskKind,
    WorkTimeSchedule,
)

NOUN = NOUNS["MaintenanceOrders"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTask:
    mrid: Mrid = ""
    crew_eta: Annotated[datetime | None, Tag("crewETA")] = None
    instruction: str = ""
    status_kind: WorkStatusKind
    subject: str
    task_kind: WorkTaskKind
    assets: Annotated[tuple[TrackedAsset, ...], Tag("Assets")] = ()
    crews: Annotated[tuple[Named, ...], Tag("Crews")] = ()
    names: Names = ()
    old_asset: Annotated[TrackedAsset | None, Tag("OldAsset")] = None
    time_schedules: Annotated[tuple[WorkTimeSchedule, ...], Tag("TimeSchedules")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One piece of work with its tasks. Times carry an offset; mRIDs are UUIDs."""

    mrid: Mrid = ""
    kind: WorkKind
    last_modified_date_time: datetime | None = None
    request_date_time: datetime | None = None
    status_kind: WorkStatusKind
    activity_records: Annotated[tuple[ActivityRecord, ...], Tag("ActivityRecords")] = ()
    names: Names = ()
    priority: Priority | None = None
    time_schedules: Annotated[tuple[WorkTimeSchedule, ...], Tag("TimeSchedules")] = ()
    work_location: Annotated[WorkLocation | None, Tag("WorkLocation")] = None
    work_tasks: Annotated[tuple[WorkTask, ...], Tag("WorkTasks")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceOrder:
    """``work`` holds at least one piece of work."""

    mrid: Mrid = ""
    names: Names = ()
    organisation: Annotated[Named | None, Tag("Organisation")] = None
    work: Annotated[tuple[Work, ...], Tag("Work")]


def to_element(orders: Sequence[MaintenanceOrder]) -> etree._Element:
    """The MaintenanceOrders payload. Raises MessageRefused for what XML or the schema forbids."""
    return write_list(NOUN, "MaintenanceOrder", orders)


def from_element(root: etree._Element) -> tuple[MaintenanceOrder, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "MaintenanceOrder", MaintenanceOrder, root)
