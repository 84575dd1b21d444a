"""ServiceOrders (IEC 61968-6): a crew is sent to a customer, for example to verify a DER.

``create`` and ``created`` send it; ``change``, ``changed``, ``close`` and ``closed`` tell how it
went and need to hold no more than the order's name and what changes. A catalogue beside the orders
may say what the codes of meter readings mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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
    write_lists,
)
from cim.profiles.metering import ReadingQualityType, ReadingType
from cim.profiles.parts import (
    Attachments,
    CrewMember,
    CustomerKind,
    Named,
    StreetAddress,
    TelephoneNumber,
)
from cim.profiles.service_order_parts import Asset, UsagePoint
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

__all__ = ["Asset", "UsagePoint"]
NOUN = NOUNS["ServiceOrders"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedInterval:
    end: Annotated[datetime | None, NEEDED] = None
    start: Annotated[datetime | None, NEEDED] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """When the customer expects the crew."""

    call_ahead: bool | None = None
    meeting_interval: ClosedInterval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerStatus:
    """What the customer is since when, and why."""

    date_time: Annotated[datetime | None, NEEDED] = None
    reason: str = ""
    remark: str = ""
    value: Annotated[str, NEEDED] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """The customer by mRID and account, never by personal data."""

    mrid: Mrid = ""
    kind: CustomerKind | None = None
    puc_number: str = ""
    special_need: str = ""
    vip: bool | None = None
    customer_agreements: Annotated[tuple[Named, ...], Tag("CustomerAgreements")] = ()
    names: Names = ()
    status: CustomerStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    mrid: Mrid = ""
    crew_members: Annotated[tuple[CrewMember, ...], Tag("CrewMembers")] = ()
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLocation:
    """Where the crew goes: the schema of the work location, with an address that must be there."""

    mrid: Mrid = ""
    direction: str = ""
    coordinate_system: Annotated[CoordinateSystem | None, Tag("CoordinateSystem")] = None
    hazards: Annotated[tuple[Hazard, ...], Tag("Hazards")] = ()
    internal_location: Annotated[InternalLocation | None, Tag("InternalLocation")] = None
    main_address: Annotated[StreetAddress | None, NEEDED] = None
    names: Names = ()
    phone1: TelephoneNumber | None = None
    position_points: Annotated[tuple[PositionPoint, ...], Tag("PositionPoints")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTask:
    """``crew_eta`` is when the crew arrives or arrived."""

    mrid: Mrid = ""
    crew_eta: Annotated[datetime | None, Tag("crewETA", is_needed=True)] = None
    instruction: str = ""
    status_kind: Annotated[WorkStatusKind | None, NEEDED] = None
    subject: Annotated[str, NEEDED] = ""
    task_kind: Annotated[WorkTaskKind | None, NEEDED] = None
    assets: Annotated[tuple[Asset, ...], Tag("Assets")] = ()
    crews: Annotated[tuple[Crew, ...], Tag("Crews")] = ()
    names: Names = ()
    old_asset: Annotated[Asset | None, Tag("OldAsset")] = None
    time_schedules: Annotated[tuple[WorkTimeSchedule, ...], Tag("TimeSchedules")] = ()
    usage_point: Annotated[UsagePoint | None, Tag("UsagePoint")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One visit with its tasks. Times carry an offset; mRIDs are UUIDs."""

    mrid: Mrid = ""
    kind: Annotated[WorkKind | None, NEEDED] = None
    last_modified_date_time: datetime | None = None
    request_date_time: datetime | None = None
    status_kind: Annotated[WorkStatusKind | None, NEEDED] = None
    type: str = ""
    activity_records: Annotated[tuple[ActivityRecord, ...], Tag("ActivityRecords")] = ()
    appointments: Annotated[tuple[Appointment, ...], Tag("Appointments")] = ()
    customers: Annotated[tuple[Customer, ...], Tag("Customers")] = ()
    names: Names = ()
    priority: Priority | None = None
    time_schedules: Annotated[tuple[WorkTimeSchedule, ...], Tag("TimeSchedules")] = ()
    work_location: Annotated[ServiceLocation | None, Tag("WorkLocation")] = None
    work_tasks: Annotated[tuple[WorkTask, ...], Tag("WorkTasks")] = ()
    attachments: Annotated[Attachments | None, Tag("Attachments")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOrder:
    """``work`` holds at least one visit, unless it is a change."""

    mrid: Mrid = ""
    names: Names = ()
    work: Annotated[tuple[Work, ...], Tag("Work", is_needed=True)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What the codes in the orders' meter readings mean."""

    quality_types: tuple[ReadingQualityType, ...] = ()
    reading_types: tuple[ReadingType, ...] = ()


def to_element(
    orders: Sequence[ServiceOrder],
    catalogue: Catalogue = Catalogue(),
    *,
    is_partial: bool = False,
) -> etree._Element:
    """The ServiceOrders payload; ``is_partial`` for a change that leaves out what stays.

    Raises MessageRefused for what XML or the schema forbids.
    """
    lists = {
        "ReadingQualityType": catalogue.quality_types,
        "ReadingType": catalogue.reading_types,
        "ServiceOrder": orders,
    }
    return write_lists(NOUN, lists, is_partial=is_partial)


def from_element(root: etree._Element, *, is_partial: bool = False) -> tuple[ServiceOrder, ...]:
    """What the payload says; ``is_partial`` for a change, which need not name what stays.

    Raises MessageRefused with the code to answer.
    """
    return read_list(NOUN, "ServiceOrder", ServiceOrder, root, is_partial=is_partial)


def catalogue_from(root: etree._Element) -> Catalogue:
    """What the payload says of its codes. Raises MessageRefused with the code to answer."""
    return Catalogue(
        quality_types=read_some(NOUN, "ReadingQualityType", ReadingQualityType, root),
        reading_types=read_some(NOUN, "ReadingType", ReadingType, root),
    )
