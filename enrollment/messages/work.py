"""What the system of Engineering and the field is asked: reviews, visits and network upgrades."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from lxml import etree

from cim.profiles import maintenance_orders, service_orders, work_requests
from cim.profiles.common import Name
from cim.profiles.parts import Interval, StreetAddress, StreetDetail, TownDetail
from cim.profiles.work import (
    ActivityRecord,
    WorkKind,
    WorkLocation,
    WorkStatusKind,
    WorkTaskKind,
    WorkTimeSchedule,
    WorkTimeScheduleKind,
)
from customers.selectors import UsagePoint
from engineering.selectors import NetworkUpgrade
from workorders.selectors import ChecklistItem, WorkOrder

from ..models import ServiceRequest
from .words import sendable

_STATUS = {
    WorkOrder.State.ISSUED: WorkStatusKind.WAITING_TO_BE_SCHEDULED,
    WorkOrder.State.PASSED: WorkStatusKind.COMPLETED,
    WorkOrder.State.FAILED: WorkStatusKind.COMPLETED,
    WorkOrder.State.CANCELED: WorkStatusKind.CANCELLED,
}
_UPGRADES: dict[str, WorkStatusKind] = {
    NetworkUpgrade.State.PLANNED: WorkStatusKind.WAITING_TO_BE_SCHEDULED,
    NetworkUpgrade.State.COMPLETED: WorkStatusKind.COMPLETED,
    NetworkUpgrade.State.CANCELED: WorkStatusKind.CANCELLED,
}
VISIT_LENGTH = timedelta(days=1)


def work_requested(
    request: ServiceRequest,
    *,
    status: WorkStatusKind,
    reason: str,
    at: datetime,
    names: Sequence[Name] = (),
) -> etree._Element:
    """WorkRequests: Engineering is asked to review the DER, or the outcome is told (F31-B).

    A CIM ServiceRequest is a WorkRequest, so both have the same mRID. ``names`` are those that
    the system gave it.
    """
    point = request.proposed_der.usage_point
    known_as = (Name(request.reference, "service request"), *names)
    work = work_requests.Work(
        mrid=str(request.mrid),
        kind=WorkKind.INSPECTION,
        last_modified_date_time=at,
        request_date_time=request.submitted_at,
        status_kind=status,
        activity_records=(_record("engineering review", reason, at),),
        names=known_as,
        work_location=WorkLocation(main_address=_address(point)),
        work_tasks=(
            work_requests.WorkTask(
                subject=f"Review the DER at {point.name}", task_kind=WorkTaskKind.INVESTIGATE
            ),
        ),
    )
    facts = work_requests.WorkRequest(mrid=str(request.mrid), names=known_as, work=(work,))
    return work_requests.to_element([facts])


def upgrade_ordered(
    upgrade: NetworkUpgrade, *, note: str, at: datetime, names: Sequence[Name] = ()
) -> etree._Element:
    """MaintenanceOrders: an upgrade of the network for which requests may wait (SR6, WR1)."""
    known_as, status = (Name(upgrade.name, "network upgrade"), *names), _UPGRADES[upgrade.state]
    expected = WorkTimeSchedule(
        kind=WorkTimeScheduleKind.LATEST,
        schedule_interval=Interval(end=_end_of(upgrade.completed_on or upgrade.expected_on)),
    )
    work = maintenance_orders.Work(
        mrid=str(upgrade.mrid),
        kind=WorkKind.CONSTRUCTION,
        last_modified_date_time=at,
        status_kind=status,
        activity_records=(_record("network upgrade", note, at),) if note else (),
        names=known_as,
        time_schedules=(expected,),
        work_tasks=(
            maintenance_orders.WorkTask(
                instruction=sendable(upgrade.description),
                status_kind=status,
                subject=f"Feeder {upgrade.feeder.name}: {sendable(upgrade.name)}",
                task_kind=WorkTaskKind.INSTALL,
            ),
        ),
    )
    order = maintenance_orders.MaintenanceOrder(
        mrid=str(upgrade.mrid), names=known_as, work=(work,)
    )
    return maintenance_orders.to_element([order])


def _record(kind: str, reason: str, at: datetime) -> ActivityRecord:
    return ActivityRecord(created_date_time=at, reason=sendable(reason), type=kind)


def visit_ordered(
    request: ServiceRequest, order: WorkOrder, names: Sequence[Name] = ()
) -> etree._Element:
    """ServiceOrders: the crew's visit, one task for each thing to check (SR7, SO1)."""
    return service_orders.to_element([installation_visited(request, order, names)])


def installation_visited(
    request: ServiceRequest, order: WorkOrder, names: Sequence[Name] = ()
) -> service_orders.ServiceOrder:
    """The facts of a visit. Tasks are named by the number and the place in the checklist."""
    point = request.proposed_der.usage_point
    due_at, known_as = _due_at(order), (Name(order.number, "work order"), *names)
    work = service_orders.Work(
        mrid=str(order.mrid),
        kind=WorkKind.INSPECTION,
        request_date_time=order.issued_at,
        status_kind=_STATUS[WorkOrder.State(order.state)],
        type="DER verification",
        names=known_as,
        time_schedules=(
            WorkTimeSchedule(
                kind=WorkTimeScheduleKind.LATEST, schedule_interval=Interval(end=due_at)
            ),
        ),
        work_location=service_orders.ServiceLocation(main_address=_address(point)),
        work_tasks=tuple(_task(request, order, item, due_at) for item in order.items.all()),
    )
    return service_orders.ServiceOrder(mrid=str(order.mrid), names=known_as, work=(work,))


def _task(
    request: ServiceRequest, order: WorkOrder, item: ChecklistItem, due_at: datetime
) -> service_orders.WorkTask:
    status = {"pass": WorkStatusKind.COMPLETED, "fail": WorkStatusKind.CANCELLED}
    return service_orders.WorkTask(
        crew_eta=due_at,
        instruction=sendable(item.expected),
        status_kind=status.get(item.answer, WorkStatusKind.WAITING_TO_BE_SCHEDULED),
        subject=sendable(item.question),
        task_kind=WorkTaskKind.INVESTIGATE,
        assets=_assets(request) if item.position == 1 else (),
        names=(Name(f"{order.number}/{item.position}", "work task"),),
        usage_point=_usage_point(request.proposed_der.usage_point),
    )


def order_number(names: tuple[Name, ...]) -> str:
    """The number by which an order is named; "" without one."""
    return names[0].name.strip() if names else ""


def _assets(request: ServiceRequest) -> tuple[service_orders.Asset, ...]:
    """The units whose serial numbers the crew reads."""
    return tuple(
        service_orders.Asset(
            mrid=str(unit.mrid),
            serial_number=unit.serial_numbers,
            names=(Name(f"{unit.manufacturer} {unit.model}".strip() or unit.kind),),
        )
        for unit in request.proposed_der.units.all()
    )


def _due_at(order: WorkOrder) -> datetime:
    """The end of the due day, or a day after the order."""
    if order.due_on is None:
        return order.issued_at + VISIT_LENGTH
    return _end_of(order.due_on)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59), tzinfo=UTC)


def _usage_point(point: UsagePoint) -> service_orders.UsagePoint:
    return service_orders.UsagePoint(
        mrid=str(point.mrid),
        nominal_service_voltage=Decimal(point.nominal_service_voltage_v),
        phase_code=point.phase_code,
        rated_current=Decimal(point.rated_current_a),
        names=(Name(point.name),),
    )


def _address(point: UsagePoint) -> StreetAddress:
    place = point.service_location
    return StreetAddress(
        street_detail=StreetDetail(address_general=sendable(place.address) or place.town),
        town_detail=TownDetail(name=sendable(place.town) or place.address, code=place.postal_code),
    )
