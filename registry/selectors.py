"""Questions about DER, equipment and the network."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import DecimalField, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from customers.selectors import UsagePoint

from .models import (
    NAMEPLATE_FIELDS,
    CommunicationProtocol,
    Der,
    DerUnit,
    Equipment,
    Feeder,
    NetworkConnection,
    Transformer,
)
from .models.nameplate import BOUNDS

__all__ = [
    "BOUNDS",
    "NAMEPLATE_FIELDS",
    "CommunicationProtocol",
    "Der",
    "DerUnit",
    "Equipment",
    "Feeder",
    "Transformer",
    "active_der_after",
]

IN_SERVICE = ("active",)
STORAGE_KINDS = ("storage", "pv_storage")


@dataclass(frozen=True)
class DerTotals:
    """Sums over the units of one DER, in W, VA and Wh."""

    active_power_w: Decimal
    apparent_power_va: Decimal
    energy_capacity_wh: Decimal
    technologies: frozenset[str]
    all_certified: bool
    nominal_voltage_v: Decimal | None


def totals_of(der: Der) -> DerTotals:
    """What the units of a DER add up to. Uses ``der.units``, prefetched or not."""
    units = list(der.units.all())
    return DerTotals(
        active_power_w=_sum(unit.active_power_max_rating_w * unit.quantity for unit in units),
        apparent_power_va=_sum(_apparent(unit) * unit.quantity for unit in units),
        energy_capacity_wh=_sum((unit.energy_capacity_wh or 0) * unit.quantity for unit in units),
        technologies=frozenset(unit.kind for unit in units),
        all_certified=all(unit.is_certified for unit in units),
        nominal_voltage_v=_shared_voltage(units),
    )


def _sum(values: object) -> Decimal:
    return sum(values, Decimal(0))  # type: ignore[call-overload,no-any-return]


def _shared_voltage(units: list[DerUnit]) -> Decimal | None:
    voltages = {unit.ac_voltage_nominal_rating_v for unit in units}
    return voltages.pop() if len(voltages) == 1 else None


def _apparent(unit: DerUnit) -> Decimal:
    return unit.apparent_power_max_rating_va or unit.active_power_max_rating_w


def connection_of(usage_point: UsagePoint) -> NetworkConnection | None:
    """Transformer, feeder and substation of a usage point, in one query."""
    return (
        NetworkConnection.objects.filter(usage_point=usage_point)
        .select_related("transformer__feeder__substation")
        .first()
    )


def ders_behind(usage_point: UsagePoint) -> QuerySet[Der]:
    """Every DER behind a usage point that is not canceled, with its units."""
    return (
        Der.objects.filter(usage_point=usage_point)
        .exclude(state="canceled")
        .prefetch_related("units")
        .order_by("id")
    )


def others_behind(der: Der) -> QuerySet[Der]:
    """The other DER behind the same usage point that are not canceled."""
    return ders_behind(der.usage_point).exclude(pk=der.pk)


@dataclass(frozen=True)
class Aggregate:
    """Sums over DER in service or proposed."""

    active_power_w: Decimal
    apparent_power_va: Decimal


def aggregate_on_transformer(transformer: Transformer, *, without: QuerySet[Der]) -> Aggregate:
    """All DER in service or proposed on a transformer, without some of them."""
    return _aggregate(Q(der__usage_point__network_connection__transformer=transformer), without)


def aggregate_on_feeder(feeder: Feeder, *, without: QuerySet[Der]) -> Aggregate:
    """All DER in service or proposed on a feeder, without some of them."""
    connected = Q(der__usage_point__network_connection__transformer__feeder=feeder)
    return _aggregate(connected, without)


def _aggregate(connected: Q, without: QuerySet[Der]) -> Aggregate:
    apparent = Coalesce("apparent_power_max_rating_va", "active_power_max_rating_w")
    units = DerUnit.objects.filter(connected, der__state__in=["proposed", "active"])
    found = units.exclude(der__in=without).aggregate(
        w=_total(F("active_power_max_rating_w")),
        va=_total(apparent),
    )
    return Aggregate(found["w"] or Decimal(0), found["va"] or Decimal(0))


def _total(rating: F | Coalesce) -> Sum:
    exact = DecimalField(max_digits=20, decimal_places=3)
    return Sum(F("quantity") * rating, output_field=exact)


def search_equipment(words: str, *, kind: str = "", limit: int = 20) -> QuerySet[Equipment]:
    """Catalogue entries in which every word occurs in manufacturer or model."""
    found = Equipment.objects.all()
    for word in words.split()[:6]:
        found = found.filter(Q(manufacturer__icontains=word) | Q(model__icontains=word))
    if kind:
        found = found.filter(kind=kind)
    return found[:limit]


def equipment_named(manufacturer: str, model: str) -> Equipment | None:
    """The catalogue entry of exactly this make and model, whatever the case of the letters."""
    found = Equipment.objects.filter(manufacturer__iexact=manufacturer, model__iexact=model)
    return found.order_by("id").first()


def active_der_mrids() -> list[UUID]:
    """Every DER in service, the oldest first."""
    return list(Der.objects.filter(state="active").order_by("id").values_list("mrid", flat=True))


def active_der_after(mrid: UUID | None, limit: int) -> list[UUID]:
    """The next DER in service, in the order of their mRIDs."""
    active = Der.objects.filter(state="active")
    if mrid is not None:
        active = active.filter(mrid__gt=mrid)
    return list(active.order_by("mrid").values_list("mrid", flat=True)[:limit])


def der_for_documents(mrid: UUID) -> Der:
    """A DER with everything that messages and publications say of it, in bounded queries."""
    return (
        Der.objects.select_related(
            "usage_point__service_location",
            "usage_point__network_connection__transformer__feeder__substation",
            "provider",
        )
        .prefetch_related("units")
        .get(mrid=mrid)
    )
