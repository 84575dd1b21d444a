"""One endpoint: where it listens, how it is doing, and how its integrator verifies what it gets."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cim.validation import schema_names
from exchange import selectors
from exchange.selectors import EndpointHealth, MessageFilter, OutboundMessage

from .access import Reader, readers_only
from .rows import card_of, rows_of

RECENT = 10


@require_safe
@readers_only
def endpoint(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """The endpoint's page."""
    now = timezone.now()
    health = _health(reader, mrid)
    recent = selectors.message_log(wanted=MessageFilter(endpoint_mrid=mrid), limit=RECENT)
    context = {
        "endpoint": health.endpoint,
        "card": card_of(health, now=now),
        "rows": rows_of(recent, now=now),
        "last_delivered_at": _last_delivered_at(mrid),
        "schemas": [name.removesuffix(".xsd") for name in schema_names()],
        "timeout_s": settings.EXCHANGE_TIMEOUT_SECONDS,
        "retry_hours": settings.EXCHANGE_RETRY_HOURS,
    }
    return render(request, "exchange/endpoint.html", context)


def _health(reader: Reader, mrid: UUID) -> EndpointHealth:
    for health in selectors.endpoint_health(owner_mrid=reader.owner_mrid):
        if health.endpoint.mrid == mrid:
            return health
    raise Http404


def _last_delivered_at(mrid: UUID) -> datetime | None:
    """When the newest message that arrived did so."""
    delivered = MessageFilter(endpoint_mrid=mrid, state=OutboundMessage.State.DELIVERED)
    newest = selectors.message_log(wanted=delivered, limit=1)
    return newest[0].finished_at if newest else None
