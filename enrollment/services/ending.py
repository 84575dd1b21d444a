"""SR10: withdraw, decline, deemed withdrawal, expiry."""

import logging
from datetime import date, datetime

from django.db import transaction

from customers.selectors import User
from registry import services as registry
from tariffs import services as tariffs
from tariffs.selectors import current_agreement
from workflow.services import TransitionRefused
from workorders import services as workorders

from ..models import ServiceRequest, StageClock
from ..states import State
from ..telling_agreements import endpoints_told_of_agreements, tell_of_agreements
from ..telling_requests import lock_those_told
from ..telling_work import OFF, tell_crews
from .moves import move
from .reviewing import require_other_than_submitter, require_reason

logger = logging.getLogger(__name__)

DECLINING = {
    State.COMPLETENESS_REVIEW: "decline_at_completeness",
    State.ENGINEERING_REVIEW: "decline_by_engineering",
    State.OPERATIONS_REVIEW: "decline_by_operations",
}
OVERDUE = {
    State.INFORMATION_NEEDED: "deem_withdrawn",
    State.AGREEMENT_OFFERED: "expire",
    State.CONSTRUCTION: "expire",
}
MISSED = {
    State.INFORMATION_NEEDED: "No answer",
    State.AGREEMENT_OFFERED: "The agreement was not signed",
    State.CONSTRUCTION: "The installation was not reported as built",
}


def withdraw(*, request: ServiceRequest, reason: str, by: User, at: datetime) -> ServiceRequest:
    """The applicant gives the request up."""
    return _end(request, "withdraw", note=reason, by=by, at=at)


def decline(*, request: ServiceRequest, reason: str, by: User, at: datetime) -> ServiceRequest:
    """Decline from the desk the request is at. The reason goes to the applicant.

    Never by who sent the application, nor on one's own.
    """
    require_reason(reason)
    require_other_than_submitter(request, by)
    transition = DECLINING.get(request.state)
    if transition is None:
        state = request.get_state_display()
        raise TransitionRefused(request, "decline", [f"Cannot decline: it is now “{state}”."])
    return _end(request, transition, note=reason, by=by, at=at)


def end_overdue_requests(*, today: date, at: datetime) -> list[ServiceRequest]:
    """End what the applicant let lie past its due date, where the procedure says so.

    One that cannot be ended is logged and stops no other; the next run tries it again.
    """
    overdue = StageClock.objects.filter(
        stopped_at__isnull=True, owner="applicant", due_on__lt=today, state__in=OVERDUE
    ).select_related("service_request__procedure")
    ended = [_end_overdue_alone(clock, at) for clock in overdue if _ends_by_itself(clock)]
    return [request for request in ended if request is not None]


def _end_overdue_alone(clock: StageClock, at: datetime) -> ServiceRequest | None:
    try:
        return _end_overdue(clock, at)
    except Exception:
        logger.exception("request %s could not be ended", clock.service_request_id)
        return None


@transaction.atomic
def _end_overdue(clock: StageClock, at: datetime) -> ServiceRequest | None:
    """None when the applicant has acted in the meantime."""
    request = ServiceRequest.objects.select_for_update().get(pk=clock.service_request_id)
    if not StageClock.objects.filter(pk=clock.pk, stopped_at__isnull=True).exists():
        return None
    return _end(request, OVERDUE[State(clock.state)], note=_why(clock), by=None, at=at)


def _ends_by_itself(clock: StageClock) -> bool:
    step = clock.service_request.procedure.steps.get(clock.state, {})
    return bool(step.get("on_overdue", "none") != "none")


def _why(clock: StageClock) -> str:
    missed = MISSED[State(clock.state)]
    return f"{missed} by {clock.due_on:%B %-d, %Y}."


@transaction.atomic
def _end(
    request: ServiceRequest, transition: str, *, note: str, by: User | None, at: datetime
) -> ServiceRequest:
    locked = ServiceRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    lock_those_told([locked], others=endpoints_told_of_agreements(locked.der))
    ended = move(request, transition, by=by, at=at, note=note)
    if ended.der is not None:
        registry.cancel_der(der=ended.der, by=by, at=at)
        if current_agreement(ended.der) is not None:
            tariffs.end_agreement(der=ended.der, at=at)
        tell_of_agreements(ended.der, at=at)
    order = workorders.cancel_open_work_order(service_request_mrid=ended.mrid, by=by, at=at)
    if order is not None:
        tell_crews(ended, order, news=OFF, by=by, at=at)
    return ended
