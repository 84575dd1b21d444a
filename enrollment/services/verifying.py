"""SR7 to SR9: installation reported, work order, verification, permission to operate."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from customers.selectors import User
from registry import services as registry
from tariffs import services as tariffs
from workorders import services as workorders
from workorders.selectors import WorkOrder
from workorders.services import Finding

from ..checklist import checklist_for
from ..guards import reason_against_verifying
from ..models import ServiceRequest
from ..telling import endpoints_of, tell_derms
from ..telling_agreements import endpoints_told_of_agreements, tell_of_agreements
from ..telling_requests import lock_those_told
from ..telling_work import OVER, WANTED, tell_crews
from .moves import move
from .reviewing import require_reason

MAY_TEST_COMMUNICATION = ("enrollment.review_completeness", "enrollment.decide_engineering")


@transaction.atomic
def report_installation(
    *, request: ServiceRequest, note: str, by: User, at: datetime
) -> ServiceRequest:
    """SR7: the installer certifies completion; the work order for the visit is issued."""
    ready = move(request, "report_installation", by=by, at=at, note=note)
    clock = ready.clocks.filter(stopped_at__isnull=True).first()
    order = workorders.issue_work_order(
        service_request_mrid=ready.mrid,
        reference=ready.reference,
        address=str(ready.proposed_der.usage_point.service_location),
        instruction=note,
        checklist=checklist_for(ready),
        due_on=clock.due_on if clock else None,
        at=at,
    )
    tell_crews(ready, order, news=WANTED, by=by, at=at)
    return ready


def record_communication_test(
    *, request: ServiceRequest, note: str, by: User, at: datetime
) -> ServiceRequest:
    """SR4: communication with the DER was tried and works; asked where the tariff needs it."""
    require_reason(note)
    if not any(by.has_perm(name) for name in MAY_TEST_COMMUNICATION):
        raise PermissionDenied("Only Customer Support and Engineering record this test.")
    with transaction.atomic():
        fresh = ServiceRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if not fresh.is_open or fresh.communication_proven_at is not None:
            raise ValidationError("The test is recorded already, or the request is closed.")
        fresh.communication_proven_at, fresh.communication_proven_by = at, by
        fresh.communication_note = note
        fresh.save()
    return fresh


@transaction.atomic
def pass_verification(
    *,
    order: WorkOrder,
    findings: Sequence[Finding],
    serial_numbers: Mapping[int, str],
    note: str,
    by: User,
    at: datetime,
) -> ServiceRequest:
    """SR7, SR8, SR9: the visit passed; the DER becomes active and every entitled DERMS is told."""
    request = _locked_request_of(order)
    require_place_of_somebody_else(request, by)
    workorders.record_findings(order=order, findings=findings)
    record_serial_numbers(request, serial_numbers)
    passed = workorders.pass_work_order(order=order, note=note, by=by, at=at)
    der = request.proposed_der
    lock_those_told([request], others=endpoints_of(der) + endpoints_told_of_agreements(der))
    done = move(request, "pass_verification", by=by, at=at, note=note, operated_from=at)
    tariffs.activate_agreement(der=done.proposed_der, at=at)
    der = registry.activate_der(der=done.proposed_der, by=by, at=at)
    tell_derms(der_mrid=der.mrid, verb="created", at=at)
    tell_of_agreements(der, at=at)
    tell_crews(done, passed, news=OVER, by=by, at=at)
    return done


@transaction.atomic
def fail_verification(
    *, order: WorkOrder, findings: Sequence[Finding], note: str, by: User, at: datetime
) -> ServiceRequest:
    """SR7: something must be put right; the customer is told, and a re-visit follows."""
    require_reason(note)
    request = _locked_request_of(order)
    require_place_of_somebody_else(request, by)
    workorders.record_findings(order=order, findings=findings)
    failed = workorders.fail_work_order(order=order, note=note, by=by, at=at)
    back = move(request, "fail_verification", by=by, at=at, note=note)
    tell_crews(back, failed, news=OVER, by=by, at=at)
    return back


def request_of(order: WorkOrder) -> ServiceRequest:
    """The service request that a work order verifies."""
    return ServiceRequest.objects.select_related("der", "customer", "procedure").get(
        mrid=order.service_request_mrid
    )


def _locked_request_of(order: WorkOrder) -> ServiceRequest:
    """Locked before its work order, as a withdrawal does: the other order would be a deadlock."""
    return ServiceRequest.objects.select_for_update(of=("self",)).get(
        mrid=order.service_request_mrid
    )


def require_place_of_somebody_else(request: ServiceRequest, by: User) -> None:
    """SR7: nobody verifies an installation at a service location of their own."""
    reason = reason_against_verifying(request, by)
    if reason:
        raise PermissionDenied(reason)


def record_serial_numbers(request: ServiceRequest, serial_numbers: Mapping[int, str]) -> None:
    """Keep what the crew read on each unit of this request."""
    units = {unit.pk: unit for unit in request.proposed_der.units.all()}
    for unit_id, text in serial_numbers.items():
        if unit_id not in units:
            raise ValidationError("This equipment is not part of the installation.")
        registry.record_serial_numbers(unit=units[unit_id], serial_numbers=text)
