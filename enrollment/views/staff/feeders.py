"""A feeder: how full it is, what is asked of it, what it waits for."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from engineering.selectors import all_upgrades
from registry.selectors import Feeder, aggregate_on_feeder

from ... import selectors
from ...clocks import local_date
from ...selectors import QueueFilter
from .access import staff_only, with_everything
from .desks import OPEN_STATES
from .dossier import Bar, kilo
from .rows import row_of
from .upgrades import MAY_PLAN

SHOWN = 100


@staff_only
def feeder(request: HttpRequest, name: str) -> HttpResponse:
    """One feeder of the network model."""
    feeders = Feeder.objects.select_related("substation")
    found = None if "\x00" in name else feeders.filter(name=name).first()
    if found is None:
        raise Http404
    today = local_date(timezone.now())
    open_here = selectors.queue(QueueFilter(states=OPEN_STATES, feeder=name), today=today)
    rows = list(with_everything(open_here)[: SHOWN + 1])
    used = kilo(aggregate_on_feeder(found, without=selectors.not_counted()).active_power_w)
    context = {
        "feeder": found,
        "bars": [
            Bar("Of minimum load", "kW", used, kilo(0), kilo(found.minimum_load_w), ""),
            Bar("Of peak load", "kW", used, kilo(0), kilo(found.peak_load_w), ""),
        ],
        "rows": [row_of(row, request.user, today) for row in rows[:SHOWN]],
        "has_more": len(rows) > SHOWN,
        "upgrades": list(all_upgrades().filter(feeder=found)),
        "can_plan": request.user.has_perm(MAY_PLAN),
        "today": today,
    }
    return render(request, "enrollment/staff/feeder.html", context)
