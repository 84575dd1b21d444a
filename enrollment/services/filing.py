"""An application that a third party's Customer Support files and amends by messages (F32-A).

Each function composes the steps that a person takes on the pages, with the same rules and the
same consent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from customers.selectors import Customer, Provider, UsagePoint, User, may_act_for
from tariffs.selectors import TariffVersion

from ..clocks import local_date
from ..models import ServiceRequest
from ..states import State
from .drafting import (
    accept_tariff,
    add_equipment,
    choose_site,
    describe_operation,
    remove_equipment,
    start_application,
    upload_diagram,
)
from .reviewing import submit_application, supply_information

LATEST_WISH = timedelta(days=5 * 366)


class AlreadyFiled(Exception):
    """There is a service request of this mRID."""


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """The customer, or somebody with their permission, accepted the exact text of a tariff."""

    version: TariffVersion
    name: str
    text_sha256: str


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a message says of an application; None and empty is not said.

    ``units`` are the fields of add_equipment() and replace all units when given. With
    ``is_operation_told`` the export limit (None is no limit) and the communication are said.
    """

    usage_point: UsagePoint | None = None
    units: Sequence[Mapping[str, Any]] = ()
    export_limit_w: Decimal | None = None
    is_operation_told: bool = False
    communication_protocol: str = ""
    provider: Provider | None = None
    wanted_on: date | None = None
    notes: str = ""
    diagram: Any = None
    acceptance: Acceptance | None = None


@transaction.atomic
def file_application(
    *, mrid: UUID, customer: Customer, answers: Answers, by: User, at: datetime
) -> ServiceRequest:
    """F32-A: open the application and fill it in; with the accepted tariff it is sent at once.

    Without an acceptance it stays a draft that the customer completes. Raises AlreadyFiled,
    PermissionDenied without the customer's consent, and what the single steps raise.
    """
    if not may_act_for(user=by, customer_id=customer.pk):
        raise PermissionDenied("The customer gave you no consent to act for them.")
    if ServiceRequest.objects.filter(mrid=mrid).exists():
        raise AlreadyFiled("A service request of this mRID exists.")
    request = start_application(customer=customer, start_key=mrid, mrid=mrid, by=by, at=at)
    filled = _filled(request, answers, by=by, at=at)
    return submit_application(request=filled, by=by, at=at) if answers.acceptance else filled


@transaction.atomic
def amend_application(
    *, request: ServiceRequest, answers: Answers, note: str, by: User, at: datetime
) -> ServiceRequest:
    """F32-A: change what is told, then send the draft, or the corrections that were asked for."""
    fresh = _filled(request, answers, by=by, at=at)
    if fresh.state == State.INFORMATION_NEEDED:
        return supply_information(request=fresh, answer=note, by=by, at=at)
    if fresh.state == State.DRAFT and fresh.tariff_version_id is not None:
        return submit_application(request=fresh, by=by, at=at)
    return fresh


def _filled(request: ServiceRequest, answers: Answers, *, by: User, at: datetime) -> ServiceRequest:
    if answers.usage_point is not None:
        choose_site(request=request, usage_point=answers.usage_point, by=by)
    if answers.units:
        _replace_units(request, answers.units, by)
    if answers.is_operation_told or answers.wanted_on or answers.notes:
        _describe(request, answers, by=by, at=at)
    if answers.diagram is not None:
        upload_diagram(request=request, upload=answers.diagram, by=by, at=at)
    if answers.acceptance is not None:
        _accept(request, answers.acceptance, by=by, at=at)
    return ServiceRequest.objects.get(pk=request.pk)


def _replace_units(request: ServiceRequest, units: Sequence[Mapping[str, Any]], by: User) -> None:
    fresh = ServiceRequest.objects.get(pk=request.pk)
    for unit in fresh.der.units.all() if fresh.der else ():
        remove_equipment(request=fresh, unit=unit, by=by)
    for fields in units:
        add_equipment(request=fresh, by=by, **fields)


def _describe(request: ServiceRequest, answers: Answers, *, by: User, at: datetime) -> None:
    """What is not told again stays as it was."""
    fresh = ServiceRequest.objects.select_related("der__provider").get(pk=request.pk)
    der, wanted_on = fresh.der, answers.wanted_on or fresh.wanted_on
    if der is None:
        raise ValidationError({"usage_point": "Name the usage point first."})
    today = local_date(at)
    if wanted_on is None or not today <= wanted_on <= today + LATEST_WISH:
        raise ValidationError({"wanted_on": "The date must be today or later, within five years."})
    is_told = answers.is_operation_told
    describe_operation(
        request=fresh,
        export_limit_w=answers.export_limit_w if is_told else der.export_limit_w,
        communication_protocol=(
            answers.communication_protocol if is_told else der.communication_protocol
        ),
        provider=answers.provider or der.provider,
        wanted_on=wanted_on,
        notes=answers.notes or fresh.notes,
        by=by,
    )


def _accept(request: ServiceRequest, acceptance: Acceptance, *, by: User, at: datetime) -> None:
    accept_tariff(
        request=request,
        version=acceptance.version,
        name=acceptance.name,
        text_sha256=acceptance.text_sha256,
        by=by,
        at=at,
    )
