"""SR3: the applicant fills in the application, task by task; save and return."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction

from customers.selectors import (
    Customer,
    Provider,
    UsagePoint,
    User,
    may_accept_for,
    may_act_for,
    usage_points_of,
)
from registry import services as registry
from registry.selectors import DerUnit, Equipment
from tariffs import services as tariffs
from tariffs.selectors import TariffVersion, findings

from ..clocks import local_date
from ..models import InformationItem, Procedure, ServiceRequest
from ..selectors import facts_for_tariffs
from ..states import State
from ..uploads import store_attachment

CHANGE_ELIGIBILITY = {"site", "equipment", "operation"}


def start_application(
    *, customer: Customer, start_key: UUID, by: User, at: datetime, mrid: UUID | None = None
) -> ServiceRequest:
    """Open a draft. The same start_key gives the same draft, however often it is sent.

    ``mrid`` is given by a system that files the application under its own.
    """
    if not may_act_for(user=by, customer_id=customer.pk):
        raise PermissionDenied("You may not apply for this customer.")
    request, _ = ServiceRequest.objects.get_or_create(
        start_key=start_key,
        defaults={
            "mrid": mrid or uuid4(),
            "reference": _next_reference(at),
            "customer": customer,
            "procedure": Procedure.objects.get(is_default=True),
            "started_by": by,
            "created_at": at,
        },
    )
    if request.customer_id != customer.pk:
        raise PermissionDenied("This draft belongs to another customer.")
    return request


@transaction.atomic
def choose_site(*, request: ServiceRequest, usage_point: UsagePoint, by: User) -> ServiceRequest:
    """Connect at this service point of the customer."""
    draft = _editable(request, "site", by)
    if not usage_points_of(draft.customer).filter(pk=usage_point.pk).exists():
        raise ValidationError({"usage_point": "Choose one of your own service points."})
    if draft.der is None:
        draft.der = registry.propose_der(usage_point=usage_point)
        draft.save()
    elif draft.der.usage_point_id != usage_point.pk:
        draft.der.usage_point = usage_point
        draft.der.save()
    return _mended(draft, "site")


@transaction.atomic
def add_equipment(
    *, request: ServiceRequest, equipment: Equipment | None, by: User, **fields: Any
) -> DerUnit:
    """Add a unit; a catalogue entry fills its nameplate (SR3)."""
    draft = _editable(request, "equipment", by)
    if draft.der is None:
        raise ValidationError("Choose the service point first.")
    unit = registry.add_unit(der=draft.der, equipment=equipment, **fields)
    _mended(draft, "equipment")
    return unit


@transaction.atomic
def change_equipment(
    *, request: ServiceRequest, unit: DerUnit, equipment: Equipment | None, by: User, **fields: Any
) -> DerUnit:
    """Change a unit of this request."""
    draft = _editable(request, "equipment", by)
    fresh = _own_unit(draft, unit)
    changed = registry.change_unit(unit=fresh, equipment=equipment, **fields)
    _mended(draft, "equipment")
    return changed


@transaction.atomic
def remove_equipment(*, request: ServiceRequest, unit: DerUnit, by: User) -> None:
    """Remove a unit of this request."""
    draft = _editable(request, "equipment", by)
    registry.remove_unit(unit=_own_unit(draft, unit))
    _mended(draft, "equipment")


@transaction.atomic
def describe_operation(
    *,
    request: ServiceRequest,
    export_limit_w: Decimal | None,
    communication_protocol: str,
    provider: Provider | None,
    wanted_on: date,
    notes: str,
    by: User,
) -> ServiceRequest:
    """Export limit, communication, third party, wished date."""
    draft = _editable(request, "operation", by)
    if draft.der is None:
        raise ValidationError("Choose the service point first.")
    registry.set_operation(
        der=draft.der,
        export_limit_w=export_limit_w,
        communication_protocol=communication_protocol,
        provider=provider,
    )
    draft.wanted_on, draft.notes = wanted_on, notes
    draft.save()
    return _mended(draft, "operation")


@transaction.atomic
def accept_tariff(
    *,
    request: ServiceRequest,
    version: TariffVersion,
    name: str,
    text_sha256: str,
    by: User,
    at: datetime,
) -> ServiceRequest:
    """SR2, CA2: choose a tariff that the DER is eligible for and accept its exact text."""
    draft = _editable(request, "tariff", by)
    if not may_accept_for(user=by, customer_id=draft.customer_id):
        raise PermissionDenied("Only the customer can accept a tariff.")
    if draft.der is None or not draft.der.units.exists():
        raise ValidationError("Add your equipment first.")
    if found := findings(version=version, facts=facts_for_tariffs(draft, at=at), on=local_date(at)):
        raise ValidationError({"version": found})
    tariffs.accept_tariff(
        version=version,
        der=draft.der,
        customer=draft.customer,
        by=by,
        name=name,
        text_sha256=text_sha256,
        at=at,
    )
    draft.tariff_version = version
    draft.save()
    return _mended(draft, "tariff")


@transaction.atomic
def upload_diagram(
    *, request: ServiceRequest, upload: Any, by: User, at: datetime
) -> ServiceRequest:
    """Attach the one-line diagram; an earlier one is kept as removed."""
    draft = _editable(request, "diagram", by)
    store_attachment(
        request=draft, upload=upload, kind="one_line_diagram", uploaded_by=by, uploaded_at=at
    )
    return _mended(draft, "diagram")


@transaction.atomic
def remove_diagram(*, request: ServiceRequest, by: User, at: datetime) -> None:
    """Take the diagram back."""
    draft = _editable(request, "diagram", by)
    draft.attachments.filter(removed_at__isnull=True).update(removed_at=at)


def editable_tasks(request: ServiceRequest) -> set[str]:
    """The tasks that may be changed now: all in a draft, else only those asked for.

    Whoever must change the equipment may also need another tariff.
    """
    if request.state == State.DRAFT:
        return {"site", "equipment", "operation", "tariff", "diagram"}
    if request.state != State.INFORMATION_NEEDED:
        return set()
    open_items = InformationItem.objects.filter(
        information_request__service_request=request,
        information_request__answered_at__isnull=True,
    )
    asked = set(open_items.values_list("task", flat=True))
    return asked | {"tariff"} if asked & CHANGE_ELIGIBILITY else asked


def _editable(request: ServiceRequest, task: str, by: User) -> ServiceRequest:
    draft = (
        ServiceRequest.objects.select_for_update(of=("self",))
        .select_related("der", "customer", "procedure")
        .get(pk=request.pk)
    )
    if not may_act_for(user=by, customer_id=draft.customer_id):
        raise PermissionDenied("You may not change this application.")
    if task not in editable_tasks(draft):
        raise ValidationError("This part of the application cannot be changed now.")
    return draft


def _mended(request: ServiceRequest, task: str) -> ServiceRequest:
    InformationItem.objects.filter(
        information_request__service_request=request,
        information_request__answered_at__isnull=True,
        task=task,
    ).update(is_mended=True)
    return request


def _own_unit(request: ServiceRequest, unit: DerUnit) -> DerUnit:
    """The unit as it is now: saving a copy of one that was removed would bring it back."""
    if request.der is None or unit.der_id != request.der_id:
        raise PermissionDenied("This equipment belongs to another application.")
    fresh = request.der.units.filter(pk=unit.pk).first()
    if fresh is None:
        raise ValidationError("This equipment was removed in the meantime.")
    return fresh


def _next_reference(at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('enrollment_reference')")
        (number,) = cursor.fetchone()
    return f"SR-{local_date(at):%Y}-{number:06d}"
