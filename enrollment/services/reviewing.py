"""SR3, SR5: submit, completeness review, deficiency and cure, the engineering decision."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from customers.selectors import User
from engineering import services as engineering
from workflow.services import TransitionRefused

from ..models import InformationItem, InformationRequest, ServiceRequest
from ..selectors import facts_for_screens, tariff_misfits
from ..states import IN_REVIEW, State
from ..telling_agreements import endpoints_told_of_agreements, tell_of_agreements
from ..telling_requests import lock_those_told
from .moves import move

DESKS = (
    "enrollment.review_completeness",
    "enrollment.decide_engineering",
    "enrollment.decide_operations",
)


@transaction.atomic
def submit_application(*, request: ServiceRequest, by: User, at: datetime) -> ServiceRequest:
    """F31-A: send the application; its screens are run at once and shown to the reviewers.

    Sending it again is no error and changes nothing: the application is returned as it is.
    """
    locked = ServiceRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if locked.state != State.DRAFT and locked.submitted_at is not None:
        return locked
    require_fitting_tariff(locked, "submit", at=at)
    lock_those_told([locked], others=endpoints_told_of_agreements(locked.der))
    sent = move(request, "submit", by=by, at=at, submitted_at=at, submitted_by=by)
    tell_of_agreements(sent.proposed_der, at=at)
    run_screens(request=sent, at=at)
    return sent


def run_screens(*, request: ServiceRequest, at: datetime) -> None:
    """SR5: record the screens over the request as it is now. People decide."""
    engineering.record_screening(
        service_request_mrid=request.mrid,
        rule_set=request.procedure.screen_set,
        facts=facts_for_screens(request),
        limits=settings.SCREEN_LIMITS,
        at=at,
    )


@transaction.atomic
def claim_request(*, request: ServiceRequest, by: User) -> ServiceRequest:
    """Take a request on; taking it from somebody else is allowed and shown."""
    locked = ServiceRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if locked.state not in IN_REVIEW:
        raise ValidationError("Only a request under review can be claimed.")
    if not any(by.has_perm(desk) for desk in DESKS):
        raise PermissionDenied("Only the staff who decide can claim requests.")
    locked.claimed_by = by
    locked.save()
    return locked


@transaction.atomic
def release_request(*, request: ServiceRequest, by: User) -> None:
    """Give a claimed request back to the queue."""
    ServiceRequest.objects.filter(pk=request.pk, claimed_by=by).update(claimed_by=None)


def confirm_complete(
    *, request: ServiceRequest, note: str, by: User, at: datetime
) -> ServiceRequest:
    """F31-B: the application is complete and goes to Engineering. Not on one's own application."""
    require_other_than_submitter(request, by)
    return move(request, "confirm_complete", by=by, at=at, note=note)


@transaction.atomic
def request_information(
    *, request: ServiceRequest, problems: Mapping[str, str], note: str, by: User, at: datetime
) -> ServiceRequest:
    """SR5: ask the applicant to mend named tasks: ``problems`` maps task to what is wrong."""
    if not problems:
        raise ValidationError({"problems": "Name at least one thing to put right."})
    fresh = ServiceRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    asked = InformationRequest.objects.create(
        service_request=fresh, asked_from=fresh.state, asked_by=by, asked_at=at
    )
    InformationItem.objects.bulk_create(
        InformationItem(information_request=asked, task=task, problem=problem)
        for task, problem in problems.items()
    )
    return move(fresh, _asking(fresh), by=by, at=at, note=note)


def _asking(request: ServiceRequest) -> str:
    if request.state == State.COMPLETENESS_REVIEW:
        return "request_missing_information"
    return "request_technical_information"


@transaction.atomic
def supply_information(
    *, request: ServiceRequest, answer: str, by: User, at: datetime
) -> ServiceRequest:
    """The applicant mended everything asked for; the request goes back to the desk that asked."""
    locked = ServiceRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    asked = locked.information_requests.filter(answered_at__isnull=True).first()
    desk = asked.asked_from if asked else State.COMPLETENESS_REVIEW
    back = (
        "return_to_completeness" if desk == State.COMPLETENESS_REVIEW else "return_to_engineering"
    )
    require_fitting_tariff(locked, back, at=at)
    lock_those_told([locked], others=endpoints_told_of_agreements(locked.der))
    returned = move(locked, back, by=by, at=at, note=answer)
    tell_of_agreements(returned.proposed_der, at=at)
    returned.information_requests.filter(answered_at__isnull=True).update(
        answered_at=at, answer=answer
    )
    run_screens(request=returned, at=at)
    return returned


def approve_engineering(
    *, request: ServiceRequest, reason: str, by: User, at: datetime
) -> ServiceRequest:
    """SR5: Engineering approves, with a reason, and hands over to Operations (F31-B.a)."""
    require_reason(reason)
    require_other_than_submitter(request, by)
    return move(request, "approve_engineering", by=by, at=at, note=reason, engineering_by=by)


def require_fitting_tariff(request: ServiceRequest, transition: str, *, at: datetime) -> None:
    """SR2: what was changed after the tariff was accepted must still fit it."""
    if misfits := tariff_misfits(request, at=at):
        raise TransitionRefused(request, transition, misfits)


def require_reason(reason: str) -> None:
    """A decision needs its reason."""
    if not reason.strip():
        raise ValidationError({"reason": "Give the reason."})


def require_other_than_submitter(request: ServiceRequest, by: User) -> None:
    """Nobody decides on an application they sent, nor on their own that an installer sent."""
    if ServiceRequest.objects.filter(pk=request.pk, submitted_by=by).exists():
        raise PermissionDenied("You sent this application; somebody else must decide on it.")
    if request.customer.user_id == by.pk:
        raise PermissionDenied("This is your own application; somebody else must decide on it.")
