"""Everything the review page shows of one request, read in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from customers.selectors import notifications_about
from registry.selectors import (
    BOUNDS,
    Der,
    aggregate_on_feeder,
    aggregate_on_transformer,
    ders_behind,
    totals_of,
)
from tariffs.selectors import current_agreement
from workflow.selectors import StateChange
from workorders.selectors import work_orders_of

from ... import selectors
from ...models import StageClock
from ...selectors import ServiceRequest
from ...states import FACTS, State
from .ages import Age, age_of
from .asked import Asked, asked_about
from .rows import tone_of, transformer_of
from .screens import ScreenTable, screens_of

THOUSAND = Decimal(1000)
SHOWN_NEIGHBORS = 20


@dataclass(frozen=True)
class Bar:
    """One capacity bar, in ``unit``."""

    title: str
    unit: str
    used: Decimal
    added: Decimal
    limit: Decimal
    note: str
    url_name: str = ""


@dataclass(frozen=True)
class Neighbor:
    """Another DER on the same transformer."""

    der: Der
    kilowatts: Decimal
    is_same_point: bool


@dataclass(frozen=True)
class Dossier:
    """The parts of the review page."""

    request: ServiceRequest
    facts: Any
    tone: str
    age: Age | None
    changes: list[StateChange]
    transformer: Any
    bars: list[Bar]
    neighbors: list[Neighbor]
    has_more_neighbors: bool
    units: list[dict[str, Any]]
    totals: Any
    screens: ScreenTable | None
    agreement: Any
    papers: list[Any]
    notices: list[Any]
    questions: list[Any]
    work_orders: list[Any]
    asked: list[Asked]
    clocks: list[tuple[str, StageClock]]

    @property
    def seen(self) -> str:
        """What the reader of this page has seen: the state and the last change."""
        last = max((change.pk for change in self.changes), default=0)
        return seen_mark(self.request, last)


def seen_mark(request: ServiceRequest, last_change: int) -> str:
    """What a form carries of the page it was on."""
    return f"{request.state}:{last_change}"


def dossier_of(request: ServiceRequest, today: date) -> Dossier:
    """Read everything about a request that was sent."""
    transformer = transformer_of(request)
    agreement = current_agreement(request.der) if request.der else None
    neighbors = _neighbors(request, transformer)
    work_orders = list(work_orders_of(request.mrid))
    return Dossier(
        request=request,
        facts=FACTS[request.state],
        tone=tone_of(request.state),
        age=age_of(request, today),
        changes=list(selectors.timeline_of(request)),
        transformer=transformer,
        bars=_bars(request, transformer),
        neighbors=neighbors[:SHOWN_NEIGHBORS],
        has_more_neighbors=len(neighbors) > SHOWN_NEIGHBORS,
        units=[_unit(unit) for unit in request.der.units.all()] if request.der else [],
        totals=totals_of(request.der) if request.der else None,
        screens=screens_of(request),
        agreement=agreement,
        papers=list(request.attachments.select_related("uploaded_by")),
        notices=list(notifications_about(request.mrid)),
        questions=list(
            request.information_requests.select_related("asked_by").prefetch_related("items")
        ),
        work_orders=work_orders,
        asked=asked_about(_asked_of(request, work_orders)),
        clocks=[(State(clock.state).label, clock) for clock in request.clocks.all()],
    )


def _asked_of(request: ServiceRequest, work_orders: list[Any]) -> dict[UUID, str]:
    """What work management may have been asked for, by mRID, in the words of the page."""
    titles = {request.mrid: "Review by Engineering"}
    titles |= {order.mrid: f"Visit {order.number}" for order in work_orders}
    if request.held_for is not None:
        titles[request.held_for.mrid] = f"Upgrade “{request.held_for.name}”"
    return titles


def _bars(request: ServiceRequest, transformer: Any) -> list[Bar]:
    if request.der is None or transformer is None:
        return []
    feeder = transformer.feeder
    added = totals_of(request.der)
    aside = selectors.not_counted(request.der)
    on_transformer = aggregate_on_transformer(transformer, without=aside)
    on_feeder = aggregate_on_feeder(feeder, without=aside)
    return [
        Bar(
            f"Transformer {transformer.name}",
            "kVA",
            kilo(on_transformer.apparent_power_va),
            kilo(added.apparent_power_va),
            kilo(transformer.rating_va),
            "Limit: rating of the transformer.",
        ),
        Bar(
            f"Feeder {feeder.name}",
            "kW",
            kilo(on_feeder.active_power_w),
            kilo(added.active_power_w),
            kilo(feeder.minimum_load_w),
            "Limit: minimum load. Beyond it power flows back into the substation. "
            f"Peak load {kilo(feeder.peak_load_w):f} kW.",
        ),
    ]


def kilo(value: Any) -> Decimal:
    """W to kW, VA to kVA, with at most one digit after the point."""
    number = round(Decimal(value) / THOUSAND, 1)
    whole = number.to_integral_value()
    return whole if number == whole else number


def _neighbors(request: ServiceRequest, transformer: Any) -> list[Neighbor]:
    if request.der is None:
        return []
    found = (
        Der.objects.filter(
            usage_point__network_connection__transformer=transformer,
            state__in=["proposed", "active"],
        )
        if transformer
        else ders_behind(request.der.usage_point)
    )
    counted = found.exclude(pk__in=selectors.not_counted(request.der))
    others = counted.select_related("usage_point", "service_request")
    return [
        Neighbor(
            der,
            kilo(totals_of(der).active_power_w),
            der.usage_point_id == request.der.usage_point_id,
        )
        for der in others.prefetch_related("units").order_by("id")[: SHOWN_NEIGHBORS + 1]
    ]


def _unit(unit: Any) -> dict[str, Any]:
    ratings = [
        {"label": bounds.label, "value": _plain(getattr(unit, name)), "unit": bounds.unit}
        for name, bounds in BOUNDS.items()
        if getattr(unit, name) is not None
    ]
    categories = [
        {"label": f"{kind} performance category", "value": value, "unit": ""}
        for kind, value in (
            ("Normal operating", unit.normal_operating_performance_category),
            ("Abnormal operating", unit.abnormal_operating_performance_category),
        )
        if value
    ]
    return {
        "unit": unit,
        "kilowatts": kilo(unit.active_power_max_rating_w * unit.quantity),
        "energy": kilo(unit.energy_capacity_wh * unit.quantity)
        if unit.energy_capacity_wh
        else None,
        "ratings": [*ratings, *categories],
    }


def _plain(value: Decimal) -> str:
    return f"{value.normalize():,f}"
