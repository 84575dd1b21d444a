"""What the console's pages have in common: tabs, and one endpoint's head with its health."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from exchange import selectors

from .access import Reader
from .rows import card_of

Tab = dict[str, Any]


def main_tabs(active: str) -> list[Tab]:
    """Endpoints, sent, received."""
    tabs = (("sent", "Sent", "log"), ("received", "Received", "inbox"))
    every = (*tabs, ("endpoints", "Endpoints", "endpoints"))
    return [
        {"label": label, "url": reverse(f"messages:{page}"), "active": name == active}
        for name, label, page in every
    ]


def shell(reader: Reader, mrid: UUID, active: str) -> dict[str, Any]:
    """The endpoint, how it is doing, and its tabs. Raises Http404 for an absent or foreign one."""
    now = timezone.now()
    found = selectors.endpoint_health(
        owner_mrid=reader.owner_mrid, mrid=mrid, delivered_since=today(now)
    )
    if not found:
        raise Http404
    card = card_of(found[0], now=now)
    endpoint = card.health.endpoint
    tabs = [
        {"label": label, "url": reverse(page, args=[mrid]), "active": name == active}
        for name, label, page in _TABS
    ]
    return {"endpoint": endpoint, "card": card, "tabs": tabs, "now": now, "reader": reader}


_TABS = (
    ("deliveries", "Deliveries", "messages:endpoint"),
    ("received", "Received", "messages:endpoint-inbox"),
    ("comparisons", "Comparisons", "endpoint-comparisons"),
    ("setup", "Test", "messages:endpoint-setup"),
    ("settings", "Settings", "messages:endpoint-settings"),
    ("guide", "How to receive", "messages:endpoint-guide"),
)


def today(now: datetime) -> datetime:
    """When the day began where the utility is."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
