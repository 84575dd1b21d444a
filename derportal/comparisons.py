"""Comparisons of what an endpoint should know with what it knows, and sending the difference.

They stand on this floor because the resync builds messages about DER (enrollment) for a page of
the endpoint console (exchange).
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cim.profiles import end_device_config
from enrollment.services import ask_for_resync
from exchange import selectors
from exchange.selectors import Endpoint, Reconciliation
from exchange.services import ResyncRefused, compare_with_deliveries
from exchange.views.access import Reader, endpoint_or_404, readers_only
from exchange.views.shell import shell

SHOWN = 50
PAGE_SIZE = 100


@require_safe
@readers_only
def comparisons(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """The latest comparisons of one endpoint."""
    context = shell(reader, mrid, "comparisons")
    found = selectors.reconciliations_of(context["endpoint"])[:SHOWN]
    context |= {"comparisons": list(found)}
    return render(request, "exchange/comparisons.html", context)


@require_safe
@readers_only
def comparison(request: HttpRequest, reader: Reader, mrid: UUID, pk: int) -> HttpResponse:
    """What one comparison found, page by page, and the button that sends it."""
    context = shell(reader, mrid, "comparisons")
    found = _found(context["endpoint"], pk)
    pages = Paginator(selectors.differences_of(found), PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    context |= {
        "comparison": found,
        "page": page,
        "counts": selectors.difference_counts(found),
        "progress": selectors.progress_of(found),
        "who": _who(found, request, reader),
    }
    return render(request, "exchange/comparison.html", context)


@require_POST
@readers_only
def compare(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """Compare the endpoint's documents with our record of deliveries, now."""
    endpoint = _changed_by(reader, mrid)
    made = compare_with_deliveries(
        endpoint=endpoint, noun=end_device_config.NOUN.name, at=timezone.now()
    )
    return redirect("endpoint-comparison", mrid, made.pk)


@require_POST
@readers_only
def resync(request: HttpRequest, reader: Reader, mrid: UUID, pk: int) -> HttpResponse:
    """Have what is different sent, once; the page follows it."""
    found = _found(_changed_by(reader, mrid), pk)
    try:
        ask_for_resync(reconciliation=found, by=_user(request), at=timezone.now())
    except ResyncRefused as refused:
        messages.warning(request, f"Nothing was sent. {refused}")
    return redirect("endpoint-comparison", mrid, pk)


def _changed_by(reader: Reader, mrid: UUID) -> Endpoint:
    """The endpoint, for whoever may send to it again."""
    if not reader.may_resend:
        raise Http404
    return endpoint_or_404(reader, mrid)


def _found(endpoint: Endpoint, pk: int) -> Reconciliation:
    try:
        return selectors.reconciliations_of(endpoint).get(pk=pk)
    except Reconciliation.DoesNotExist:
        raise Http404 from None


def _who(found: Reconciliation, request: HttpRequest, reader: Reader) -> str:
    """Who asked for the resync. A third party reads the names of its own people only."""
    by: Any = found.resynced_by
    if by is None:
        return ""
    is_own = by.provider_id is not None and by.provider_id == _user(request).provider_id
    return str(by) if reader.is_staff or is_own else "The utility"


def _user(request: HttpRequest) -> Any:
    """Whoever asks; the guard has seen to it that they are signed in."""
    return request.user
