"""SR6, WR1: network upgrades as the journey needs them: planned, moved, and asked of builders."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from customers.selectors import User
from engineering import services as engineering
from engineering.selectors import NetworkUpgrade

from ..telling_work import CHANGED, WANTED, tell_builders


@transaction.atomic
def plan_upgrade(
    *,
    name: str,
    description: str,
    feeder_mrid: UUID,
    expected_on: date,
    cost_estimate: Decimal | None = None,
    by: User,
    at: datetime,
) -> NetworkUpgrade:
    """SR6: plan an upgrade that requests can be held for; work management is asked for it."""
    planned = engineering.plan_network_upgrade(
        name=name,
        description=description,
        feeder_mrid=feeder_mrid,
        expected_on=expected_on,
        cost_estimate=cost_estimate,
        currency="USD",
        by=by,
        at=at,
    )
    tell_builders(planned, news=WANTED, note="", by=by, at=at)
    return planned


@transaction.atomic
def change_upgrade(
    *, upgrade: NetworkUpgrade, by: User, at: datetime, note: str = "", **changes: Any
) -> NetworkUpgrade:
    """SR6: another date (or name, cost) of a planned upgrade; work management is asked for it."""
    changed = engineering.change_network_upgrade(
        upgrade=upgrade, by=by, at=at, note=note, **changes
    )
    tell_builders(changed, news=CHANGED, note=note, by=by, at=at)
    return changed
