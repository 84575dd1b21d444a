"""ServiceOrders (IEC 61968-6): a crew is sent to a customer, for example to verify a DER.

``created`` sends it, ``closed`` tells that the crew is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from lxml import etree

from cim.nouns import NOUNS
from cim.profiles.binding import Mrid, Names, Tag, read_list, write_list
from cim.profiles.parts import CustomerKind, Interval, Named, StreetAddress
from cim.profiles.work import (
    ActivityRecord,
    CoordinateSystem,
    Hazard,
    PositionPoint,
    Priority,
    WorkKind,
    WorkStatusKind,
    WorkTaskKind,
    WorkTimeSchedule,
)

NOUN = NOUNS["ServiceOrders"]


class UsagePointConnectedKind(StrEnum):
    CONNECTED = "connected"
    LOGICALLY_DISCONNECTED = "logicallyDisconnected"
    PHYSICALLY_DISCONNECTED = "physicallyDisconnected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """The device that the crew works on, by mRID, serial number or name."""

    mrid: Mrid = ""
    amr_system: str = ""
    critical: bool | None = None
    form_number: str = ""
    serial_number: str = ""
    utc_number: str = ""
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePoint:
    """Units: ``nominal_service_voltage`` in V, ``rated_current`` in A."""

    mrid: Mrid = ""
    check_billing: bool | None = None
    connection_state: UsagePointConnectedKind | None = None
    grounded: bool | None = None
    is_sdp: bool | None = None
    is_virtual: bool | None = None
    nominal_service_voltage: Decimal | None = None
    phase_code: str = ""
    rated_current: Decimal
    service_delivery_remark: str = ""
    service_priority: str = ""
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    call_ahead: bool | None = None
    meeting_interval: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """The customer by mRID and account, never by personal data."""

    mrid: Mrid = ""
    kind: CustomerKind | None = None
    special_need: str = ""
    customer_agreements: Annotated[tuple[Named, ...], Tag("CustomerAgreements")] = ()
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLocation:
    """Where the crew goes: the schema of the work location, with an address that must be there."""

    mrid: Mrid = ""
    direction: str = ""
    coordinate_system: Annotated[CoordinateSystem | None, Tag("CoordinateSystem")] = None
    hazards: Annotated[tuple[Hazard, ...], Tag("Hazards")] = ()
    main_address: StreetAddress
    names: Names = ()
    position_points: Annotated[tuple[PositionPoint, ...], Tag("PositionPoints")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTask:
    """``crew_eta`` is when the crew arrives or arrived."""

    mrid: Mrid = ""
    crew_eta: Annotated[datetime, Tag("crewETA")]
    instruction: str = ""
    status_kind: WorkStatusKind
    subject: str
    task_kind: WorkTaskKind
    assets: Annotated[tuple[Asset, ...], Tag("Assets")] = ()
    crews: Annotated[tuple[Named, ...], Tag("Crews")] = ()
    names: Names = ()
    old_asset: Annotated[Asset | None, Tag("OldAsset")] = None
    time_schedules: Annotated[tuple[WorkTimeSchedule, ...], Tag("TimeSchedules")] = ()
    usage_point: Annotated[UsagePoint | None, Tag("UsagePoint")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One visit with its tasks. Times carry an offset; mRIDs are UUIDs."""

    mrid: Mrid = ""
    kind: WorkKind
    last_modified_date_time: datetime | None = None
    request_date_time: datetime | None = None
    status_kind: WorkStatusKind
    type: str = ""
    activity_records: Annotated[tuple[ActivityRecord, ...], Tag("ActivityRecords")] = ()
    appointments: Annotated[tuple[Appointment, ...], Tag("Appointments")] = ()
    customers: Annotated[tuple[Customer, ...], Tag("Customers")] = ()
    names: Names = ()
    priority: Priority | None = None
    time_schedules: Annotated[tuple[WorkTimeSchedule, ...], Tag("TimeSchedules")] = ()
    work_location: Annotated[ServiceLocation | None, Tag("WorkLocation")] = None
    work_tasks: Annotated[tuple[WorkTask, ...], Tag("WorkTasks")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOrder:
    """``work`` holds at least one visit."""

    mrid: Mrid = ""
    names: Names = ()
    work: Annotated[tuple[Work, ...], Tag("Work")]


def to_element(orders: Sequence[ServiceOrder]) -> etree._Element:
    """The ServiceOrders payload. Raises MessageRefused for what XML or the schema forbids."""
    return write_list(NOUN, "ServiceOrder", orders)


def from_element(root: etree._Element) -> tuple[ServiceOrder, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "ServiceOrder", ServiceOrder, root)
