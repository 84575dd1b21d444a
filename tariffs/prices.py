"""CA1: a version's URDB-shaped price block, as seasons and hours that a page can show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True)
class TierPrice:
    """Price per kWh up to so many units of a month or day; None is not known."""

    up_to: Decimal | None
    unit: str
    import_per_kwh: Decimal | None
    export_per_kwh: Decimal | None


@dataclass(frozen=True)
class PeriodPrice:
    """One time-of-use period within a season: when it is, and its prices (of the first tier)."""

    number: int
    weekdays: str
    weekends: str
    import_per_kwh: Decimal | None
    export_per_kwh: Decimal | None
    tiers: tuple[TierPrice, ...]


@dataclass(frozen=True)
class SeasonPrices:
    """Months with the same schedule, and their periods."""

    label: str
    periods: tuple[PeriodPrice, ...]


@dataclass(frozen=True)
class Charge:
    """An amount and its unit as in the price sheet, for example 15 and “$/month”."""

    amount: Decimal
    unit: str


@dataclass(frozen=True)
class RegionPrices:
    """Export prices of one region, one for each of the named hours."""

    region: str
    export_per_kwh: tuple[tuple[str, Decimal | None], ...]


@dataclass(frozen=True)
class PriceSummary:
    """What a page says about prices. Empty or None is not known, never free."""

    currency: str
    seasons: tuple[SeasonPrices, ...]
    fixed_charge: Charge | None
    minimum_charge: Charge | None
    settlement: str
    note: str
    regions: tuple[RegionPrices, ...]
    incentives: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...]

    @property
    def export_prices(self) -> list[Decimal]:
        """Every known export price, the lowest first."""
        return _known(period.export_per_kwh for season in self.seasons for period in season.periods)

    @property
    def import_prices(self) -> list[Decimal]:
        """Every known import price, the lowest first."""
        return _known(period.import_per_kwh for season in self.seasons for period in season.periods)


def summarize(
    pricing: Mapping[str, Any], facts: Mapping[str, Any], *, currency: str
) -> PriceSummary:
    """The price block and the incentive terms of a version, ready to show."""
    events = facts.get("events") or []
    return PriceSummary(
        currency=currency,
        seasons=_seasons(pricing),
        fixed_charge=_charge(pricing, "fixedchargefirstmeter", "fixedchargeunits"),
        minimum_charge=_charge(pricing, "mincharge", "minchargeunits"),
        settlement=pricing.get("dgrules") or "",
        note=pricing.get("note") or "",
        regions=_regions(pricing.get("by_region") or {}),
        incentives=facts.get("incentive_terms") or {},
        events=tuple([events] if isinstance(events, Mapping) else events),
    )


def _known(prices: Iterable[Decimal | None]) -> list[Decimal]:
    return sorted({price for price in prices if price is not None})


def _number(value: float | str | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _charge(pricing: Mapping[str, Any], name: str, unit_name: str) -> Charge | None:
    amount = _number(pricing.get(name))
    return None if amount is None else Charge(amount, pricing.get(unit_name) or "")


def _seasons(pricing: Mapping[str, Any]) -> tuple[SeasonPrices, ...]:
    weekdays, weekends = pricing.get("energyweekdayschedule"), pricing.get("energyweekendschedule")
    structure = pricing.get("energyratestructure")
    if not structure or not weekdays:
        return ()
    schedules = list(zip(weekdays, weekends or weekdays, strict=True))
    return tuple(
        SeasonPrices(_months_in_words(months), _periods(structure, *schedules[months[0]]))
        for months in _months_alike(schedules)
    )


def _months_alike(schedules: Sequence[Any]) -> list[list[int]]:
    """Months with the same schedule, each group in the order of the year."""
    groups: list[list[int]] = []
    for month, schedule in enumerate(schedules):
        alike = next((group for group in groups if schedules[group[0]] == schedule), None)
        if alike is None:
            groups.append([month])
        else:
            alike.append(month)
    return groups


def _months_in_words(months: Sequence[int]) -> str:
    """“All year”, “June to September”, or across the new year “October to May”."""
    if len(months) == len(MONTHS):
        return "All year"
    gap = [m for m in months if (m - 1) % 12 not in months]
    runs = []
    for first in gap:
        last = first
        while (last + 1) % 12 in months:
            last = (last + 1) % 12
        runs.append(MONTHS[first] if first == last else f"{MONTHS[first]} to {MONTHS[last]}")
    return ", ".join(runs)


def _periods(
    structure: Sequence[Any], weekday: Sequence[int], weekend: Sequence[int]
) -> tuple[PeriodPrice, ...]:
    return tuple(
        _period(number, structure[number], weekday, weekend)
        for number in sorted({*weekday, *weekend})
    )


def _period(
    number: int, tiers: Sequence[Any], weekday: Sequence[int], weekend: Sequence[int]
) -> PeriodPrice:
    prices = tuple(_tier(tier) for tier in tiers)
    return PeriodPrice(
        number=number,
        weekdays=_hours_in_words(weekday, number),
        weekends=_hours_in_words(weekend, number),
        import_per_kwh=prices[0].import_per_kwh,
        export_per_kwh=prices[0].export_per_kwh,
        tiers=prices,
    )


def _tier(tier: Mapping[str, Any]) -> TierPrice:
    rate, adjustment = _number(tier.get("rate")), _number(tier.get("adj")) or Decimal(0)
    return TierPrice(
        up_to=_number(tier.get("max")),
        unit=tier.get("unit") or "kWh",
        import_per_kwh=None if rate is None else rate + adjustment,
        export_per_kwh=_number(tier.get("sell")),
    )


def _hours_in_words(schedule: Sequence[int], number: int) -> str:
    """“16:00 to 21:00”; hours over midnight as two parts, as the schedule has them."""
    runs = groupby(range(24), key=lambda hour: schedule[hour] == number)
    hours = [list(run) for is_in, run in runs if is_in]
    return ", ".join(f"{run[0]:02}:00 to {run[-1] + 1:02}:00" for run in hours)


def _regions(by_region: Mapping[str, Any]) -> tuple[RegionPrices, ...]:
    hours = by_region.get("periods") or []
    prices = by_region.get("sell_per_kwh") or {}
    return tuple(
        RegionPrices(region, tuple(zip(hours, map(_number, values), strict=True)))
        for region, values in prices.items()
    )
