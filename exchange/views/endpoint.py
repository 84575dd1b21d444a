"""One endpoint: what goes to it now, and how its integrator receives and verifies it."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cim.validation import schema_names
from exchange import selectors
from exchange.forms import LogFilterForm

from .access import Reader, readers_only
from .paging import PAGE_SIZE, addresses, key
from .rows import rows_of
from .shell import shell


@require_safe
@readers_only
def endpoint(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """The endpoint's deliveries, newest first; htmx asks for their moving parts alone."""
    context = shell(reader, mrid, "deliveries")
    form = LogFilterForm(request.GET, endpoints=[])
    wanted = form.wanted(owner_mrid=reader.owner_mrid, endpoint_mrid=mrid)
    before = key(request.GET.get("before", ""))
    found = selectors.message_log(wanted=wanted, before_id=before, limit=PAGE_SIZE + 1)
    context |= {
        "form": form,
        "rows": rows_of(found[:PAGE_SIZE], now=context["now"], reader=reader),
        **addresses(request, form, found, before),
    }
    is_poll = request.headers.get("HX-Request")
    name = "exchange/_endpoint_live.html" if is_poll else "exchange/endpoint.html"
    return render(request, name, context)


@require_safe
@readers_only
def endpoint_guide(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """How to receive messages and verify that they are ours."""
    context = shell(reader, mrid, "guide") | {
        "schemas": [name.removesuffix(".xsd") for name in schema_names()],
        "timeout_s": settings.EXCHANGE_TIMEOUT_SECONDS,
        "retry_hours": settings.EXCHANGE_RETRY_HOURS,
    }
    return render(request, "exchange/endpoint_guide.html", context)
