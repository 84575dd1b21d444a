"""Pages by key, not by offset: page 1000 is as quick as page 1, and no row is shown twice."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from django.db.models import Count, Model, Q, QuerySet, Window

PAGE_SIZE = 50
Listed = TypeVar("Listed", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Listed]):
    """Some rows of a list by due date, and the keys of the pages around them.

    ``total`` is the length of the whole list where it was counted with the first page.
    """

    rows: list[Listed]
    next_key: str
    previous_key: str
    total: int | None = None


def page_of(
    found: QuerySet[Listed],
    *,
    rows: QuerySet[Listed],
    after: str = "",
    before: str = "",
    is_counted: bool = False,
    size: int = PAGE_SIZE,
) -> Page[Listed]:
    """The rows after or before a key, in the queue's order: due date, then id, undated last.

    Sorts the keys of ``found`` only; what the page shows is then read from ``rows``, for its own
    keys and without searching again. ``is_counted`` counts a first page's list in the same search.
    """
    key, end = _read(after), _read(before)
    there: Any = found  # due_on may be an annotation
    if end:
        there = found.filter(_before(*end)).reverse()
    elif key:
        there = found.filter(_beyond(*key))
    keys, total = _keys(there, size + 1, is_counted=is_counted and not (key or end))
    has_more = len(keys) > size
    keys = keys[:size][::-1] if end else keys[:size]
    read = {row.pk: row for row in rows.order_by().filter(pk__in=[pk for pk, _ in keys])}
    has_next, has_previous = (bool(keys), has_more) if end else (has_more, bool(keys and key))
    return Page(
        [read[pk] for pk, _ in keys if pk in read],
        _write(*keys[-1]) if has_next else "",
        _write(*keys[0]) if has_previous else "",
        total,
    )


def _keys(there: Any, most: int, *, is_counted: bool) -> tuple[list[Any], int | None]:
    if not is_counted:
        return list(there.values_list("pk", "due_on")[:most]), None
    counted = there.annotate(total=Window(Count("*")))
    rows = list(counted.values_list("pk", "due_on", "total")[:most])
    return [(pk, due_on) for pk, due_on, _ in rows], rows[0][2] if rows else 0


def _beyond(due: date | None, pk: int) -> Q:
    if due is None:
        return Q(due_on__isnull=True, id__gt=pk)
    return Q(due_on__gt=due) | Q(due_on=due, id__gt=pk) | Q(due_on__isnull=True)


def _before(due: date | None, pk: int) -> Q:
    if due is None:
        return Q(due_on__isnull=False) | Q(id__lt=pk)
    return Q(due_on__lt=due) | Q(due_on=due, id__lt=pk)


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
