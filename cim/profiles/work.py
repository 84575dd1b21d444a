"""What the work profiles of IEC 61968-6 share: orders of work, their tasks, places and times.

Elements and their order are those of the published interoperability schemas (2015), attributes
before associations and each alphabetical. What the schema of ``create`` asks for is needed, unless
a change is told: the schema of ``change`` asks for nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from cim.profiles.binding import NEEDED, Mrid, Names, Tag
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

    created_date_time: Annotated[datetime | None, NEEDED] = None
    reason: str = ""
    severity: str = ""
    type: Annotated[str, NEEDED] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """A lower ``rank`` is usually the more urgent one; ``type`` says so."""

    justification: str = ""
    rank: int | None = None
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTimeSchedule:
    kind: Annotated[WorkTimeScheduleKind | None, NEEDED] = None
    schedule_interval: Annotated[Interval | None, NEEDED] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinateSystem:
    crs_urn: Annotated[str, NEEDED] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    type: Annotated[str, NEEDED] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalLocation:
    """A place inside a building."""

    building_name: Annotated[str, Tag("BuildingName")] = ""
    building_number: Annotated[str, Tag("BuildingNumber", is_needed=True)] = ""
    floor: Annotated[str, Tag("Floor", is_needed=True)] = ""
    room_number: Annotated[str, Tag("RoomNumber", is_needed=True)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionPoint:
    """Positions are text in CIM; x is the longitude and y the latitude in EPSG 4326."""

    sequence_number: int | None = None
    x_position: Annotated[str, Tag("xPosition", is_needed=True)] = ""
    y_position: Annotated[str, Tag("yPosition", is_needed=True)] = ""
    z_position: Annotated[str, Tag("zPosition")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLocation:
    """Where the work is done."""

    mrid: Mrid = ""
    direction: str = ""
    coordinate_system: Annotated[CoordinateSystem | None, Tag("CoordinateSystem")] = None
    hazards: Annotated[tuple[Hazard, ...], Tag("Hazards")] = ()
    internal_location: Annotated[InternalLocation | None, Tag("InternalLocation")] = None
    main_address: StreetAddress | None = None
    names: Names = ()
    position_points: Annotated[tuple[PositionPoint, ...], Tag("PositionPoints")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedAsset:
    """The asset of a work request; ``utc_number`` tracks the commodity."""

    mrid: Mrid = ""
    critical: Annotated[bool | None, NEEDED] = None
    utc_number: Annotated[str, NEEDED] = ""
    location: Annotated[WorkLocation | None, Tag("Location")] = None
    names: Names = ()
