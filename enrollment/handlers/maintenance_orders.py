"""MaintenanceOrders: the builders' system tells how an upgrade of the network goes (SR6, WR1)."""

from datetime import date
from functools import partial
from uuid import UUID

from cim import errors as codes
from cim.envelope import Id
from cim.profiles import maintenance_orders
from cim.profiles.maintenance_orders import Work
from cim.profiles.work import WorkStatusKind, WorkTimeScheduleKind
from engineering.selectors import NetworkUpgrade
from engineering.selectors import upgrade as upgrade_by_mrid
from exchange.selectors import Endpoint
from exchange.services import Answer, Arrival, refusal

from ..clocks import local_date
from ..services import change_upgrade, complete_network_upgrade
from .common import refusing
from .work import DONE, Told, mrid_of, tell_work

_read = partial(maintenance_orders.from_element, is_partial=True)


def tell_maintenance_orders(arrival: Arrival) -> Answer:
    """SR6: completed ends the upgrade, and the requests that wait for it go on.

    Any other status moves it to the latest day that the order gives. That it is canceled is
    refused: what becomes of the requests that wait is for Operations to say.
    """
    return tell_work(arrival, "MaintenanceOrder", _read, _record)


def _record(told: Told[Work]) -> UUID:
    upgrade, work = _upgrade(told.about, told.endpoint), told.work
    if work is None:
        return upgrade.mrid
    if work.status_kind is WorkStatusKind.CANCELLED:
        reason = "an upgrade that requests wait for is canceled by Operations, not by message"
        raise refusal(codes.REFUSED_BY_RULE, reason, id=told.about)
    with refusing(told.about):
        if work.status_kind in DONE:
            day = _day(work, WorkTimeScheduleKind.ACTUAL) or local_date(told.at)
            complete_network_upgrade(upgrade=upgrade, completed_on=day, by=told.by, at=told.at)
        else:
            _move(upgrade, work, told)
    return upgrade.mrid


def _upgrade(named: Id, endpoint: Endpoint) -> NetworkUpgrade:
    mrid = mrid_of(named, endpoint)
    upgrade = upgrade_by_mrid(mrid) if mrid else None
    if upgrade is None:
        raise refusal(codes.REQUEST_ID_INVALID, "there is no such maintenance order", id=named)
    return upgrade


def _move(upgrade: NetworkUpgrade, work: Work, told: Told[Work]) -> None:
    day = _day(work, WorkTimeScheduleKind.LATEST)
    if day and day != upgrade.expected_on:
        change_upgrade(upgrade=upgrade, expected_on=day, note=told.reason, by=told.by, at=told.at)


def _day(work: Work, kind: WorkTimeScheduleKind) -> date | None:
    """The last day of the schedule of this kind, where the order gives one."""
    times = [each.schedule_interval for each in work.time_schedules if each.kind is kind]
    ends = [interval.end for interval in times if interval and interval.end]
    return local_date(ends[-1]) if ends else None
