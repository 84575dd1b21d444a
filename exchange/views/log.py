"""The message log: every endpoint's health on top, the messages below, newest first."""

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from exchange import selectors
from exchange.forms import LogFilterForm
from exchange.selectors import EndpointHealth, MessageFilter, OutboundMessage

from .access import Reader, readers_only
from .paging import PAGE_SIZE, addresses, key
from .rows import EndpointCard, card_of, rows_of
from .shell import main_tabs

CARDS = 12


@require_safe
@readers_only
def log(request: HttpRequest, reader: Reader) -> HttpResponse:
    """One page of the log; htmx asks for its moving parts alone."""
    now = timezone.now()
    health = selectors.endpoint_health(owner_mrid=reader.owner_mrid)
    form = LogFilterForm(request.GET, endpoints=[each.endpoint for each in health])
    wanted = form.wanted(owner_mrid=reader.owner_mrid)
    before = key(request.GET.get("before", ""))
    found = selectors.message_log(wanted=wanted, before_id=before, limit=PAGE_SIZE + 1)
    if not found and (named := _message_named(wanted)):
        return redirect("messages:message", named.message_id)
    context = {
        "form": form,
        "cards": _cards(health, now),
        "hidden_card_count": max(0, len(health) - CARDS),
        "rows": rows_of(found[:PAGE_SIZE], now=now, reader=reader),
        "now": now,
        "reader": reader,
        "tabs": main_tabs("sent"),
        **addresses(request, form, found, before),
    }
    is_poll = request.headers.get("HX-Request")
    return render(request, "exchange/_live.html" if is_poll else "exchange/log.html", context)


def _cards(health: Sequence[EndpointHealth], now: datetime) -> list[EndpointCard]:
    """The endpoints by name; of very many only the ones that need somebody most."""
    if len(health) > CARDS:
        health = sorted(health, key=_trouble)[:CARDS]
    return [card_of(each, now=now) for each in health]


def _trouble(health: EndpointHealth) -> tuple[int, bool, int, str]:
    late = health.oldest_due_at is not None
    return -health.dead_count, not late, -health.pending_count, health.endpoint.name


def _message_named(wanted: MessageFilter) -> OutboundMessage | None:
    """The message, when what was typed as an object is the MessageID of one."""
    if wanted.object_mrid is None:
        return None
    try:
        return selectors.message_detail(message_id=wanted.object_mrid, owner_mrid=wanted.owner_mrid)
    except OutboundMessage.DoesNotExist:
        return None
