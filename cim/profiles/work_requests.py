"""WorkRequests (IEC 61968-6): Engineering is asked to look at, plan or build something.

``create`` and ``created`` ask; ``change`` and ``changed`` tell the outcome by ``status_kind``
(approved, cancelled ...) and need to hold no more than the object's name and what changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lxml import etree

from cim.nouns import NOUNS
from cim.profiles.binding import NEEDED, Mrid, Names, Tag, read_list, write_list
from cim.profiles.parts import Named, Organisation
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
    subject: Annotated[str, NEEDED] = ""
    task_kind: Annotated[WorkTaskKind | None, NEEDED] = None
    assets: Annotated[tuple[TrackedAsset, ...], Tag("Assets")] = ()
    crews: Annotated[tuple[Named, ...], Tag("Crews")] = ()
    names: Names = ()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRequest:
    """``work`` holds at least one piece of work, unless it is a change."""

    mrid: Mrid = ""
    names: Names = ()
    organisation: Annotated[Organisation | None, Tag("Organisation")] = None
    work: Annotated[tuple[Work, ...], Tag("Work", is_needed=True)] = ()


def to_element(requests: Sequence[WorkRequest], *, is_partial: bool = False) -> etree._Element:
    """The WorkRequests payload; ``is_partial`` for a change that leaves out what stays.

    Raises MessageRefused for what XML or the schema forbids.
    """
    return write_list(NOUN, "WorkRequest", requests, is_partial=is_partial)


def from_element(root: etree._Element, *, is_partial: bool = False) -> tuple[WorkRequest, ...]:
    """What the payload says; ``is_partial`` for a change, which need not name what stays.

    Raises MessageRefused with the code to answer.
    """
    return read_list(NOUN, "WorkRequest", WorkRequest, root, is_partial=is_partial)
