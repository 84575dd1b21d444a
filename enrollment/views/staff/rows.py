"""One line of the queue, for the page and for the CSV alike."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from registry.selectors import totals_of

from ...selectors import ServiceRequest
from ...states import FACTS, IN_REVIEW
from .ages import Age, age_of
from .desks import may_claim

SHORT = {
    "pv": "PV",
    "storage": "Storage",
    "pv_storage": "PV + storage",
    "evse": "V2G",
    "wind": "Wind",
    "chp": "CHP",
    "fuel_cell": "Fuel cell",
    "reciprocating_engine": "Engine",
}


@dataclass(frozen=True)
class Row:
    """What the queue shows of one request."""

    request: ServiceRequest
    address: str
    technologies: str
    kilowatts: Decimal
    feeder: str
    transformer: str
    tone: str
    age: Age | None
    can_claim: bool
    is_mine: bool


def row_of(request: ServiceRequest, user: Any, today: date) -> Row:
    """Everything a line shows; needs the prefetched units and clocks."""
    der = request.der
    totals = totals_of(der) if der else None
    transformer = transformer_of(request)
    return Row(
        request=request,
        address=der.usage_point.service_location.address if der else "",
        technologies=technologies_of(request),
        kilowatts=(totals.active_power_w if totals else Decimal(0)) / 1000,
        feeder=transformer.feeder.name if transformer else "",
        transformer=transformer.name if transformer else "",
        tone=tone_of(request.state),
        age=age_of(request, today),
        can_claim=request.state in IN_REVIEW and may_claim(user),
        is_mine=request.claimed_by_id == user.pk,
    )


def tone_of(state: str) -> str:
    """The color of a state's chip; the chip always carries the words too."""
    tone = FACTS[state].tone
    return {"rev": "review", "vis": "visit"}.get(tone, tone)


def transformer_of(request: ServiceRequest) -> Any:
    """The transformer that serves the site, if the network model knows it."""
    connection = getattr(request.der and request.der.usage_point, "network_connection", None)
    return connection.transformer if connection else None


def technologies_of(request: ServiceRequest) -> str:
    """For example “PV + Storage”."""
    units = request.der.units.all() if request.der else []
    return " + ".join(dict.fromkeys(SHORT.get(unit.kind, unit.kind) for unit in units))
