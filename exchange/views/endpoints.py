"""Every endpoint with its health at a glance."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from exchange import selectors

from .access import Reader, readers_only
from .rows import card_of
from .shell import main_tabs, today


@require_safe
@readers_only
def endpoints(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The endpoints by name; htmx asks for the table alone."""
    now = timezone.now()
    health = selectors.endpoint_health(owner_mrid=reader.owner_mrid, delivered_since=today(now))
    context = {
        "cards": [card_of(each, now=now) for each in health],
        "reader": reader,
        "now": now,
        "tabs": main_tabs("endpoints"),
    }
    is_poll = request.headers.get("HX-Request")
    name = "exchange/_endpoints_live.html" if is_poll else "exchange/endpoints.html"
    return render(request, name, context)
