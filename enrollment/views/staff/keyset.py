"""Pages by key, not by offset: page 1000 is as quick as page 1, and no row is shown twice."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from ...selectors import ServiceRequest

PAGE_SIZE = 50


@dataclass(frozen=True)
class Page:
    """Some rows of the queue, and where the next page starts."""

    rows: list[ServiceRequest]
    next_key: str


def page_of(found: QuerySet[ServiceRequest], after: str, size: int = PAGE_SIZE) -> Page:
    """The rows after a key, in the queue's order: due date, then id, undated last.

    Sorts keys only; what the page shows is then read for its own rows and no others.
    """
    key = _read(after)
    there: Any = found.filter(_beyond(*key)) if key else found  # due_on is an annotation
    keys = list(there.values_list("pk", "due_on")[: size + 1])
    rows = {row.pk: row for row in found.order_by().filter(pk__in=[pk for pk, _ in keys[:size]])}
    more = len(keys) > size
    shown = [rows[pk] for pk, _ in keys[:size] if pk in rows]
    return Page(shown, _write(*keys[size - 1]) if more else "")


def _beyond(due: date | None, pk: int) -> Q:
    if due is None:
        return Q(due_on__isnull=True, id__gt=pk)
    return Q(due_on__gt=due) | Q(due_on=due, id__gt=pk) | Q(due_on__isnull=True)


def _write(pk: int, due: date | None) -> str:
    return f"{due.isoformat() if due else ''}.{pk}"


def _read(text: str) -> tuple[date | None, int] | None:
    due, _, pk = text.partition(".")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    try:
        return (date.fromisoformat(due) if due else None), int(pk)
    except ValueError:
        return None
