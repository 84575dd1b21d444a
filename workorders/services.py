"""SR7: issue a work order, record what the crew found, finish it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from customers.selectors import User
from workflow.services import advance

from .models import ChecklistItem, Photo, WorkOrder

MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_PHOTO_PIXELS = 50_000_000
MAX_PHOTO_SIDE = 2000


@dataclass(frozen=True)
class CheckPoint:
    """One question for the crew: what to look at, what is expected, and who says so."""

    question: str
    expected: str
    source: str


@dataclass(frozen=True)
class Finding:
    """The crew's answer to one item: pass or fail, and what they found."""

    item_id: int
    answer: str
    found: str = ""


@transaction.atomic
def issue_work_order(
    *,
    service_request_mrid: UUID,
    reference: str,
    address: str,
    instruction: str,
    checklist: Sequence[CheckPoint],
    due_on: date | None,
    at: datetime,
) -> WorkOrder:
    """Issue the next visit's work order. At most one is open for a request."""
    visit = WorkOrder.objects.filter(service_request_mrid=service_request_mrid).count() + 1
    order = WorkOrder.objects.create(
        number=f"WO-{reference}-{visit}",
        service_request_mrid=service_request_mrid,
        visit=visit,
        address=address,
        instruction=instruction,
        due_on=due_on,
        issued_at=at,
    )
    ChecklistItem.objects.bulk_create(
        ChecklistItem(
            work_order=order,
            position=position,
            question=point.question,
            expected=point.expected,
            source=point.source,
        )
        for position, point in enumerate(checklist, start=1)
    )
    return order


@transaction.atomic
def record_findings(*, order: WorkOrder, findings: Sequence[Finding]) -> None:
    """Save answers of an open work order; may be done again until it is finished."""
    locked = _open(order)
    items = {item.pk: item for item in locked.items.all()}
    for finding in findings:
        item = items[finding.item_id]
        item.answer, item.found = finding.answer, finding.found
    ChecklistItem.objects.bulk_update(items.values(), ["answer", "found"])


def pass_work_order(*, order: WorkOrder, note: str, by: User, at: datetime) -> WorkOrder:
    """The installation meets the tariff's terms."""
    return advance(
        order,
        "record_passed",
        by=by,
        at=at,
        note=note,
        finished_at=at,
        finished_by=by,
        result_note=note,
    )


def fail_work_order(*, order: WorkOrder, note: str, by: User, at: datetime) -> WorkOrder:
    """Something must be put right; the note says what."""
    return advance(
        order,
        "record_failed",
        by=by,
        at=at,
        note=note,
        finished_at=at,
        finished_by=by,
        result_note=note,
    )


def cancel_open_work_order(
    *, service_request_mrid: UUID, by: User | None, at: datetime
) -> WorkOrder | None:
    """The request ended before the visit. Returns the canceled order, if there was one."""
    order = WorkOrder.objects.filter(
        service_request_mrid=service_request_mrid, state=WorkOrder.State.ISSUED
    ).first()
    return advance(order, "cancel", by=by, at=at) if order is not None else None


@transaction.atomic
def attach_photo(*, order: WorkOrder, upload: Any, caption: str, at: datetime) -> Photo:
    """Store a picture, re-encoded as JPEG without its metadata (no location leaks).

    Raises ValidationError for anything that is not a picture, too large in bytes or pixels.
    """
    content = _clean_jpeg(upload)
    locked = _open(order)
    if known := _same_picture(locked, content):
        return known
    photo = Photo(work_order=locked, caption=caption, taken_at=at)
    photo.file.save("photo.jpg", ContentFile(content), save=False)
    photo.save()
    return photo


def _open(order: WorkOrder) -> WorkOrder:
    """The work order, locked and still to be finished."""
    locked = WorkOrder.objects.select_for_update(of=("self",)).get(pk=order.pk)
    if locked.state != WorkOrder.State.ISSUED:
        raise ValidationError(f"{locked.number} is already {locked.get_state_display().lower()}.")
    return locked


def _same_picture(order: WorkOrder, content: bytes) -> Photo | None:
    """A phone on a weak signal sends a picture twice; it is kept once."""
    for photo in order.photos.all():
        with photo.file.open("rb") as kept:
            if kept.size == len(content) and kept.read() == content:
                return photo
    return None


def _clean_jpeg(upload: Any) -> bytes:
    if upload.size is None or upload.size > MAX_PHOTO_BYTES:
        raise ValidationError({"photo": "The photo is larger than 10 MB."})
    try:
        with Image.open(upload, formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > MAX_PHOTO_PIXELS:
                raise ValidationError({"photo": "The photo has more than 50 megapixels."})
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            upright.thumbnail((MAX_PHOTO_SIDE, MAX_PHOTO_SIDE))
            out = BytesIO()
            upright.save(out, "JPEG", quality=85)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError({"photo": "This is not a JPEG or PNG picture."}) from error
    return out.getvalue()
