"""The queue as CSV: streamed, and safe to open in a spreadsheet."""

import csv
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

from ... import selectors
from ...clocks import local_date
from .access import staff_only, with_everything
from .filters import wanted_from
from .rows import Row, row_of

HEADER = (
    "reference",
    "state",
    "applicant",
    "address",
    "service point",
    "technologies",
    "kW",
    "feeder",
    "transformer",
    "tariff",
    "submitted on",
    "due on",
    "business days used",
    "business days allowed",
    "overdue",
    "claimed by",
    "held for",
)
# A spreadsheet takes a cell that starts with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")


class _Echo:
    """What csv.writer writes to: hands each line on instead of keeping it."""

    def write(self, line: str) -> str:
        return line


@staff_only
def export(request: HttpRequest) -> HttpResponse:
    """The list as the page shows it, without pages."""
    today = local_date(timezone.now())
    wanted = wanted_from(request.GET, request.user)
    found = with_everything(selectors.queue(wanted.as_filter(request.user), today=today))
    rows = (row_of(row, request.user, today) for row in found.iterator(chunk_size=500))
    lines = _lines(rows)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"queue-{wanted.tab}-{today.isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response  # type: ignore[return-value]


def _lines(rows: Iterator[Row]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(HEADER)
    for row in rows:
        yield writer.writerow([safe(cell) for cell in _cells(row)])


def safe(cell: Any) -> Any:
    """Text that a spreadsheet would run gets an apostrophe; numbers stay numbers."""
    if not isinstance(cell, str):
        return cell
    start = cell.lstrip(" \"'\u00a0\u200b\ufeff")
    return f"'{cell}" if start.startswith(FORMULA) or cell.startswith(FORMULA) else cell


def _cells(row: Row) -> list[Any]:
    request, age = row.request, row.age
    return [
        request.reference,
        request.get_state_display(),
        request.customer.name,
        row.address,
        request.der.usage_point.name if request.der else "",
        row.technologies,
        row.kilowatts.normalize() if row.kilowatts else 0,
        row.feeder,
        row.transformer,
        str(request.tariff_version.tariff) if request.tariff_version else "",
        local_date(request.submitted_at).isoformat() if request.submitted_at else "",
        _day(age.due_on if age else None),
        age.used if age else "",
        age.allowed if age and age.allowed is not None else "",
        "yes" if age and age.is_overdue else "no",
        str(request.claimed_by or ""),
        str(request.held_for or ""),
    ]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
