"""SR5, SR6: record screenings; plan, change and complete network upgrades."""

from collections.abc import Mapping
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from registry.selectors import Feeder
from workflow.services import advance

from .models import NetworkUpgrade, Screening
from .screens import ScreenFacts, UnknownRuleSet, run_screens
from .screens.run import NO_LIMITS

__all__ = [
    "UnknownFeeder",
    "UnknownRuleSet",
    "change_network_upgrade",
    "complete_network_upgrade",
    "plan_network_upgrade",
    "record_screening",
]

CHANGEABLE = ("name", "description", "expected_on", "cost_estimate", "currency")


class UnknownFeeder(LookupError):
    """No feeder has this mRID."""


def record_screening(
    *,
    service_request_mrid: UUID,
    rule_set: str,
    facts: ScreenFacts,
    at: datetime,
    limits: Mapping[str, Decimal] = NO_LIMITS,
) -> Screening:
    """SR5: run the screens and keep every input and result as it was. People decide.

    ``rule_set`` is the code of a rule set, or of a procedure for its initial screens.
    """
    run = run_screens(rule_set, facts, limits=limits)
    return Screening.objects.create(
        service_request_mrid=service_request_mrid,
        rule_set=f"{run.rule_set} {run.rule_set_version}",
        engine_version=run.engine_version,
        input_sha256=run.input_sha256,
        inputs=run.inputs,
        results=[result.as_json() for result in run.results],
        run_at=at,
    )


@transaction.atomic
def plan_network_upgrade(
    *,
    name: str,
    description: str,
    feeder_mrid: UUID,
    expected_on: date,
    cost_estimate: Decimal | None,
    currency: str,
    by: AbstractBaseUser,
    at: datetime,
) -> NetworkUpgrade:
    """SR6: name an upgrade that requests can be held for.

    Raises UnknownFeeder, ValidationError, and PermissionDenied without
    ``engineering.add_networkupgrade``.
    """
    feeder = Feeder.objects.filter(mrid=feeder_mrid).first()
    if feeder is None:
        raise UnknownFeeder(f"There is no feeder {feeder_mrid}.")
    facts: dict[str, Any] = {
        "name": name.strip(),
        "description": description,
        "expected_on": expected_on,
        "cost_estimate": cost_estimate,
        "currency": currency,
    }
    upgrade = NetworkUpgrade(feeder=feeder, **facts)
    upgrade.full_clean(exclude=["state"])
    upgrade.save()
    return advance(upgrade, "plan", by=by, at=at, feeder=feeder.name, **facts)


@transaction.atomic
def change_network_upgrade(
    *, upgrade: NetworkUpgrade, by: AbstractBaseUser, at: datetime, note: str = "", **changes: Any
) -> NetworkUpgrade:
    """SR6: another name, description, date or cost of a planned upgrade; its history keeps each.

    Raises ValidationError, TransitionRefused once it is not planned any more, and
    PermissionDenied without ``engineering.change_networkupgrade``.
    """
    if unknown := sorted(set(changes) - set(CHANGEABLE)):
        raise TypeError(f"change_network_upgrade() does not change {unknown[0]!r}.")
    wanted = copy(upgrade)
    wanted.change(**changes)
    wanted.full_clean(exclude=["state"])
    return advance(upgrade, "change", by=by, at=at, note=note, **changes)


def complete_network_upgrade(
    *, upgrade: NetworkUpgrade, completed_on: date, by: AbstractBaseUser, at: datetime
) -> NetworkUpgrade:
    """SR6: the work is done. Whoever holds requests for it resumes them in the same transaction.

    Raises TransitionRefused if it is not planned any more, PermissionDenied without
    ``engineering.lift_networkupgrade``.
    """
    return advance(upgrade, "complete", by=by, at=at, completed_on=completed_on)
