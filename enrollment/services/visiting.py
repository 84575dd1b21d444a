"""SR7: the crew's visit as it is sent from a phone: answers, serial numbers and photos at once.

What was sent is kept even when the result is refused, so a crew never types anything twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from customers.selectors import User
from workorders import services as workorders
from workorders.selectors import WorkOrder
from workorders.services import Finding

from ..models import ServiceRequest
from .verifying import (
    fail_verification,
    pass_verification,
    record_serial_numbers,
    request_of,
    require_place_of_somebody_else,
)


@dataclass(frozen=True)
class Visit:
    """What a crew found: answers to the checklist, serial numbers by unit, new photos."""

    findings: Sequence[Finding]
    serial_numbers: Mapping[int, str] = field(default_factory=dict)
    photos: Sequence[Any] = ()


@transaction.atomic
def save_visit(*, order: WorkOrder, visit: Visit, by: User, at: datetime) -> None:
    """Keep the progress of an open work order. Sending it again changes nothing."""
    if not by.has_perm("workorders.verify_installation"):
        raise PermissionDenied("Only field crews record what was found.")
    request = request_of(order)
    require_place_of_somebody_else(request, by)
    workorders.record_findings(order=order, findings=visit.findings)
    record_serial_numbers(request, visit.serial_numbers)
    for upload in visit.photos:
        workorders.attach_photo(order=order, upload=upload, caption="", at=at)


def pass_visit(
    *, order: WorkOrder, visit: Visit, note: str, by: User, at: datetime
) -> ServiceRequest:
    """Keep what was found, then pass the installation."""
    save_visit(order=order, visit=visit, by=by, at=at)
    return pass_verification(
        order=order,
        findings=visit.findings,
        serial_numbers=visit.serial_numbers,
        note=note,
        by=by,
        at=at,
    )


def fail_visit(
    *, order: WorkOrder, visit: Visit, note: str, by: User, at: datetime
) -> ServiceRequest:
    """Keep what was found, then fail the installation: a re-visit is needed."""
    save_visit(order=order, visit=visit, by=by, at=at)
    return fail_verification(order=order, findings=visit.findings, note=note, by=by, at=at)
