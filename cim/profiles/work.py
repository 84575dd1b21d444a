"""What the work profiles of IEC 61968-6 share: orders of work, their tasks, places and times.

Elements and their order are those of the published interoperability schemas (2015), attributes
before associations and each alphabetical. Where those schemas differ between verbs, the stricter
form, that of ``create``, is written.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from cim.profiles.binding import Mrid, Names, Tag
from cim.profiles.parts import Interval, StreetAddress


class WorkKind(StrEnum):
    CONNECT = "connect"
    CONSTRUCTION = "construction"
    DISCONNECT = "disconnect"
    INSPECTION = "inspection"
    MAINTENANCE = "maintenance"
    OTHER = "other"
    RECONNECT = "reconnect"
    REPAIR = "repair"
    SERVICE = "service"
    TEST = "test"


class WorkStatusKind(StrEnum):
    APPROVED = "approved"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    COMPLETED = "completed"
    DISPATCHED = "dispatched"
    ENROUTE = "enroute"
    IN_PROGRESS = "inProgress"
    ON_SITE = "onSite"
    SCHEDULED = "scheduled"
    WAITING_ON_APPROVAL = "waitingOnApproval"
    WAITING_ON_MATERIAL = "waitingOnMaterial"
    WAITING_TO_BE_SCHEDULED = "waitingToBeScheduled"


class WorkTaskKind(StrEnum):
    EXCHANGE = "exchange"
    INSTALL = "install"
    INVESTIGATE = "investigate"
    REMOVE = "remove"


class WorkTimeScheduleKind(StrEnum):
    ACTUAL = "actual"
    EARLIEST = "earliest"
    ESTIMATE = "estimate"
    LATEST = "latest"
    REQUEST = "request"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRecord:
    """What happened or is to happen, and why."""

    created_date_time: datetime
    reason: str = ""
    severity: str = ""
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """A lower ``rank`` is usually the more urgent one; ``type`` says so."""

    justification: str = ""
    rank: int
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTimeSchedule:
    kind: WorkTimeScheduleKind
    schedule_interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinateSystem:
    crs_urn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionPoint:
    """Positions are text in CIM; x is the longitude and y the latitude in EPSG 4326."""

    sequence_number: int | None = None
    x_position: Annotated[str, Tag("xPosition")]
    y_position: Annotated[str, Tag("yPosition")]
    z_position: Annotated[str, Tag("zPosition")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLocation:
    """Where the work is done."""

    mrid: Mrid = ""
    direction: str = ""
    coordinate_system: Annotated[CoordinateSystem | None, Tag("CoordinateSystem")] = None
    hazards: Annotated[tuple[Hazard, ...], Tag("Hazards")] = ()
    main_address: StreetAddress | None = None
    names: Names = ()
    position_points: Annotated[tuple[PositionPoint, ...], Tag("PositionPoints")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedAsset:
    """The asset of a work request or a maintenance order; ``utc_number`` tracks the commodity."""

    mrid: Mrid = ""
    critical: bool
    utc_number: str
    location: Annotated[WorkLocation | None, Tag("Location")] = None
    names: Names = ()
