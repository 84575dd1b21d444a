"""SR6: Operations confirms, or holds for a named network upgrade; lifting it resumes by itself."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from customers.selectors import User
from engineering import services as engineering
from engineering.selectors import NetworkUpgrade
from registry.selectors import Feeder, connection_of

from ..models import ServiceRequest
from ..selectors import completion_note
from ..states import State
from ..telling_requests import lock_those_told
from ..telling_work import OVER, WANTED, tell_builders
from .moves import move
from .reviewing import require_other_than_submitter, require_reason
from .upgrading import plan_upgrade


def approve_operations(
    *, request: ServiceRequest, reason: str, by: User, at: datetime
) -> ServiceRequest:
    """SR6: the network takes it; the agreement is offered. Never the same person as Engineering."""
    require_reason(reason)
    require_other_than_submitter(request, by)
    _four_eyes(request, by)
    return move(request, "approve_operations", by=by, at=at, note=reason, operations_by=by)


@transaction.atomic
def hold_for_network_upgrade(
    *, request: ServiceRequest, upgrade: NetworkUpgrade, reason: str, by: User, at: datetime
) -> ServiceRequest:
    """SR6, F31-B.a: approval waits for this upgrade; the customer is told its name and date."""
    require_reason(reason)
    require_other_than_submitter(request, by)
    _four_eyes(request, by)
    planned = _locked_upgrade(upgrade)
    _same_feeder(request, planned)
    held = move(request, "hold_for_network_upgrade", by=by, at=at, note=reason, held_for=planned)
    tell_builders(planned, news=WANTED, note=reason, by=by, at=at)
    return held


@transaction.atomic
def hold_for_new_upgrade(
    *,
    request: ServiceRequest,
    name: str,
    description: str,
    expected_on: date,
    reason: str,
    by: User,
    at: datetime,
) -> ServiceRequest:
    """SR6: plan an upgrade of the request's feeder and hold for it, both or neither."""
    lock_those_told([request])
    upgrade = plan_upgrade(
        name=name,
        description=description,
        feeder_mrid=_feeder_of(request).mrid,
        expected_on=expected_on,
        by=by,
        at=at,
    )
    return hold_for_network_upgrade(request=request, upgrade=upgrade, reason=reason, by=by, at=at)


def _locked_upgrade(upgrade: NetworkUpgrade) -> NetworkUpgrade:
    """The upgrade, locked: it cannot be completed before the hold is written, nor the reverse."""
    fresh = NetworkUpgrade.objects.select_for_update(of=("self",)).get(pk=upgrade.pk)
    if fresh.state != NetworkUpgrade.State.PLANNED:
        raise ValidationError({"upgrade": "Choose an upgrade that is still planned."})
    return fresh


def _same_feeder(request: ServiceRequest, upgrade: NetworkUpgrade) -> None:
    if _feeder_of(request).pk != upgrade.feeder_id:
        raise ValidationError({"upgrade": "Choose an upgrade of the feeder that serves the site."})


def _feeder_of(request: ServiceRequest) -> Feeder:
    connection = connection_of(request.der.usage_point) if request.der else None
    if connection is None:
        raise ValidationError("The feeder that serves this site is not known.")
    return connection.transformer.feeder


@transaction.atomic
def complete_network_upgrade(
    *, upgrade: NetworkUpgrade, completed_on: date, by: User, at: datetime
) -> list[ServiceRequest]:
    """SR6: the upgrade is done; every request held for it goes on. Returns those requests."""
    done = engineering.complete_network_upgrade(
        upgrade=upgrade, completed_on=completed_on, by=by, at=at
    )
    # Locked, so that one that is being withdrawn at this moment is left out and stops nobody.
    held = ServiceRequest.objects.select_for_update(of=("self",)).order_by("id")
    held = held.filter(held_for=done, state=State.HELD_FOR_UPGRADE)
    lock_those_told(held)
    tell_builders(done, news=OVER, note="", by=by, at=at)
    return [
        move(request, "resume_after_upgrade", by=None, at=at, note=completion_note(done))
        for request in held
    ]


def _four_eyes(request: ServiceRequest, by: User) -> None:
    if ServiceRequest.objects.filter(pk=request.pk, engineering_by=by).exists():
        raise PermissionDenied(
            "You took the engineering decision; somebody else must decide for Operations."
        )
