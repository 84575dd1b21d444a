"""The queue: what lies at each desk, the earliest due first."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ... import selectors, services
from ...clocks import local_date
from .access import safe_next, sent_request, staff_only, user_of, with_everything
from .desks import DESKS, counts, may_claim
from .filters import CLAIMED, Wanted, chips, feeder_names, wanted_from
from .keyset import Page, page_of
from .refusals import words_of
from .rows import row_of


@staff_only
def queue(request: HttpRequest) -> HttpResponse:
    """The rows of one desk, narrowed by the filters in the URL."""
    today = local_date(timezone.now())
    wanted = wanted_from(request.GET, request.user)
    found = selectors.queue(wanted.as_filter(request.user), today=today)
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    rows = with_everything(selectors.all_requests())
    page = page_of(found, rows=rows, after=after, before=before, is_counted=wanted.has_filters)
    sizes = counts(request.user, today)
    context = {
        "wanted": wanted,
        "tabs": tabs(wanted, sizes),
        "rows": [row_of(row, request.user, today) for row in page.rows],
        "next_key": page.next_key,
        "previous_key": page.previous_key,
        "is_first_page": not (after or before),
        "total": _total(page, found, sizes[wanted.tab] if not wanted.has_filters else None),
        "overdue_count": sizes["overdue"],
        "chips": chips(wanted),
        "feeders": feeder_names(),
        "claims": CLAIMED.items(),
        "can_claim": may_claim(request.user),
        "overdue_url": Wanted(tab="all", overdue=True).query(),
        "clear_url": Wanted(tab=wanted.tab).query(),
        "all_url": Wanted(tab="all").query(),
        "here": request.get_full_path(),
    }
    return render(request, "enrollment/staff/queue.html", context)


def _total(page: Page[Any], found: QuerySet[Any], known: int | None) -> int:
    """How many rows all pages have: known of a whole tab, else counted once."""
    if known is not None:
        return known
    return found.count() if page.total is None else page.total


def tabs(wanted: Wanted, sizes: dict[str, int]) -> list[dict[str, Any]]:
    """The tabs with their counts; a tab keeps the filters that are on."""
    return [
        {
            "label": desk.label,
            "count": sizes[desk.key],
            "url": wanted.query(tab=desk.key),
            "active": desk.key == wanted.tab,
        }
        for desk in DESKS
    ]


@staff_only
@require_POST
def claim(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a request on."""
    wanted = sent_request(reference)
    try:
        services.claim_request(request=wanted, by=user_of(request))
    except (PermissionDenied, ValidationError) as error:
        return _after_claim(request, reference, " ".join(words_of(error)))
    return _after_claim(request, reference, "")


@staff_only
@require_POST
def release(request: HttpRequest, reference: str) -> HttpResponse:
    """Give a request back to the desk."""
    services.release_request(request=sent_request(reference), by=user_of(request))
    return _after_claim(request, reference, "")


def _after_claim(request: HttpRequest, reference: str, refusal: str) -> HttpResponse:
    """The row alone for htmx, else back to the page the form was on."""
    if request.headers.get("HX-Request"):
        row = row_of(sent_request(reference), request.user, local_date(timezone.now()))
        context = {"row": row, "refusal": refusal, "here": request.POST.get("next", "")}
        return render(request, "enrollment/staff/_claim.html", context)
    if refusal:
        messages.error(request, refusal)
    return redirect(safe_next(request, reverse("enrollment:review", args=[reference])))
