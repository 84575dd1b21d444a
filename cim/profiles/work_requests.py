"""WorkRequests (IEC 61968-6): Engineering is asked to look at, plan or build something.

``created`` asks, ``changed`` tells the outcome by ``status_kind`` (approved, cancelled ...).
"""

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

NOUN = NOUNS["WorkRequests"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTask:
    mrid: Mrid = ""
    crew_eta: Annotated[datetime | None, Tag("crewETA")] = None
    instruction: str = ""
    subject: str
    task_kind: WorkTaskKind
    assets: Annotated[tuple[TrackedAsset, ...], Tag("Assets")] = ()
    crews: Annotated[tuple[Named, ...], Tag("Crews")] = ()
    names: Names = ()


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
class WorkRequest:
    """``work`` holds at least one piece of work."""

    mrid: Mrid = ""
    names: Names = ()
    organisation: Annotated[Named | None, Tag("Organisation")] = None
    work: Annotated[tuple[Work, ...], Tag("Work")]


def to_element(requests: Sequence[WorkRequest]) -> etree._Element:
    """The WorkRequests payload. Raises MessageRefused for what XML or the schema forbids."""
    return write_list(NOUN, "WorkRequest", requests)


def from_element(root: etree._Element) -> tuple[WorkRequest, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "WorkRequest", WorkRequest, root)
