"""ServiceOrders: the crews' system tells what was found at a visit (SO1, SR7)."""

from collections.abc import Iterator
from functools import partial
from uuid import UUID

from cim import errors as codes
from cim.envelope import Id
from cim.profiles import service_orders
from cim.profiles.common import Name
from cim.profiles.service_orders import ServiceOrder, Work, WorkTask
from cim.profiles.work import WorkStatusKind
from exchange.selectors import Endpoint
from exchange.services import Answer, Arrival, refusal
from workorders.selectors import WorkOrder, open_work_orders, work_order_known_as
from workorders.services import Finding

from ..messages import installation_visited
from ..selectors import request_by_mrid
from ..services import Visit, fail_visit, pass_visit, save_visit
from .common import asked_ids, refusing, work_management_of
from .work import DONE, Told, mrid_of, tell_work

MOST_TOLD = 500
_read = partial(service_orders.from_element, is_partial=True)
# What the status of a task says of the thing that was to be checked.
ANSWERS = {
    WorkStatusKind.COMPLETED: "pass",
    WorkStatusKind.CLOSED: "pass",
    WorkStatusKind.APPROVED: "pass",
    WorkStatusKind.CANCELLED: "fail",
}


def tell_service_orders(arrival: Arrival) -> Answer:
    """SR7: completed passes the installation, cancelled fails it, anything else is progress.

    A completed order with a task that was cancelled fails as well. What a change leaves out stays.
    """
    return tell_work(arrival, "ServiceOrder", _read, _record)


def get_service_orders(arrival: Arrival) -> Answer:
    """The named visits; without a name, every open one."""
    work_management_of(arrival)
    ids = asked_ids(arrival)
    found = [_order(each, arrival.endpoint) for each in ids] if ids else list(_open())
    told = [_facts(each) for each in found]
    return Answer(payload=service_orders.to_element(told) if told else None)


def _open() -> Iterator[WorkOrder]:
    yield from open_work_orders().prefetch_related("items")[:MOST_TOLD]


def _facts(order: WorkOrder) -> ServiceOrder:
    request = request_by_mrid(order.service_request_mrid)
    if request is None:
        raise LookupError(f"{order} verifies no request.")
    return installation_visited(request, order)


def _order(named: Id, endpoint: Endpoint) -> WorkOrder:
    """By its mRID, its number, or the name that this system gave it."""
    order = work_order_known_as(mrid=mrid_of(named, endpoint), number=named.value.strip())
    if order is None:
        about = Id(named.value, kind=named.kind or "uuid", object_type="ServiceOrder")
        raise refusal(codes.REQUEST_ID_INVALID, "there is no such service order", id=about)
    return order


def _record(told: Told[Work]) -> UUID:
    order, work = _order(told.about, told.endpoint), told.work
    if work is None:
        return order.mrid
    is_done = work.status_kind in DONE
    visit = _visit(order, work.work_tasks, is_passed=is_done)
    has_failed = any(finding.answer == "fail" for finding in visit.findings)
    with refusing(told.about):
        if work.status_kind is WorkStatusKind.CANCELLED or (is_done and has_failed):
            fail_visit(order=order, visit=visit, note=told.reason, by=told.by, at=told.at)
        elif is_done:
            pass_visit(order=order, visit=visit, note=told.reason, by=told.by, at=told.at)
        else:
            save_visit(order=order, visit=visit, by=told.by, at=told.at)
    return order.mrid


def _visit(order: WorkOrder, tasks: tuple[WorkTask, ...], *, is_passed: bool) -> Visit:
    """What is told of each thing to check; a completed order vouches for what it leaves out."""
    told = {_position(each.names): each for each in tasks}
    findings = []
    for item in order.items.all():
        task = told.get(item.position)
        status = task.status_kind if task else None
        answer = ANSWERS.get(status, "") if status else item.answer
        findings.append(
            Finding(
                item_id=item.pk,
                answer=answer or ("pass" if is_passed else ""),
                found=task.instruction[:300] if task and task.instruction else item.found,
            )
        )
    return Visit(findings=findings, serial_numbers=_serial_numbers(order, tasks))


def _position(names: tuple[Name, ...]) -> int | None:
    """The place in the checklist, from the end of the task's name ("WO-…/3")."""
    end = names[0].name.rpartition("/")[2].strip() if names else ""
    return int(end) if end.isascii() and end.isdigit() and len(end) < 6 else None


def _serial_numbers(order: WorkOrder, tasks: tuple[WorkTask, ...]) -> dict[int, str]:
    request = request_by_mrid(order.service_request_mrid)
    units = (
        {str(unit.mrid): unit.pk for unit in request.proposed_der.units.all()} if request else {}
    )
    return {
        units[asset.mrid]: asset.serial_number
        for task in tasks
        for asset in task.assets
        if asset.serial_number and asset.mrid in units
    }
