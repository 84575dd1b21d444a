"""MaintenanceOrders: the builders' system tells how an upgrade of the network goes (SR6, WR1)."""

from datetime import date, datetime

from cim import errors as codes
from cim.envelope import Id
from cim.profiles import maintenance_orders
from cim.profiles.maintenance_orders import MaintenanceOrder, Work
from cim.profiles.work import WorkStatusKind, WorkTimeScheduleKind
from customers.selectors import User
from engineering.selectors import NetworkUpgrade
from engineering.selectors import upgrade as upgrade_by_mrid
from exchange.selectors import Endpoint, object_named_at
from exchange.services import Answer, Arrival, refusal

from ..clocks import local_date
from ..messages import order_number
from ..services import change_upgrade, complete_network_upgrade
from .common import check_end, payload_of, refusing, uuid_of, work_management_of

DONE = (WorkStatusKind.COMPLETED, WorkStatusKind.CLOSED)


def tell_maintenance_orders(arrival: Arrival) -> Answer:
    """SR6: completed ends the upgrade, and the requests that wait for it go on.

    Any other status moves it to the latest day that the order gives. That it is canceled is
    refused: what becomes of the requests that wait is for Operations to say.
    """
    by = work_management_of(arrival)
    told = maintenance_orders.from_element(payload_of(arrival), is_partial=True)
    for each in told:
        check_end(arrival, each.work)
    done = [_record(each, arrival.endpoint, by, arrival.at) for each in told]
    ids = tuple(Id(str(each.mrid), object_type="MaintenanceOrder") for each in done)
    return Answer(ids=ids, object_mrid=ids[0].value)


def _record(told: MaintenanceOrder, endpoint: Endpoint, by: User, at: datetime) -> NetworkUpgrade:
    about = Id(told.mrid or order_number(told.names), object_type="MaintenanceOrder")
    upgrade = _upgrade(about, endpoint)
    for work in told.work[:1]:
        _tell(upgrade, work, about, by, at)
    return upgrade


def _tell(upgrade: NetworkUpgrade, work: Work, about: Id, by: User, at: datetime) -> None:
    if work.status_kind is WorkStatusKind.CANCELLED:
        reason = "an upgrade that requests wait for is canceled by Operations, not by message"
        raise refusal(codes.REFUSED_BY_RULE, reason, id=about)
    with refusing(about):
        if work.status_kind in DONE:
            day = _day(work, WorkTimeScheduleKind.ACTUAL) or local_date(at)
            complete_network_upgrade(upgrade=upgrade, completed_on=day, by=by, at=at)
        else:
            _move(upgrade, work, by, at)


def _upgrade(named: Id, endpoint: Endpoint) -> NetworkUpgrade:
    """By its mRID or the name that this system gave it."""
    mrid = uuid_of(named.value) or object_named_at(endpoint, named.value.strip())
    upgrade = upgrade_by_mrid(mrid) if mrid else None
    if upgrade is None:
        raise refusal(codes.REQUEST_ID_INVALID, "there is no such maintenance order", id=named)
    return upgrade


def _move(upgrade: NetworkUpgrade, work: Work, by: User, at: datetime) -> None:
    day = _day(work, WorkTimeScheduleKind.LATEST)
    note = work.activity_records[-1].reason if work.activity_records else ""
    if day and day != upgrade.expected_on:
        change_upgrade(upgrade=upgrade, expected_on=day, note=note, by=by, at=at)


def _day(work: Work, kind: WorkTimeScheduleKind) -> date | None:
    """The last day of the schedule of this kind, where the order gives one."""
    times = [each.schedule_interval for each in work.time_schedules if each.kind is kind]
    ends = [interval.end for interval in times if interval and interval.end]
    return local_date(ends[-1]) if ends else None
