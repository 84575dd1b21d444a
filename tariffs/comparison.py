"""SR2: tariffs side by side, one row for each thing a customer compares."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .prices import Charge, PriceSummary
from .selectors import Offer, Terms, price_summary, terms_of

UNKNOWN = "Not stated"
EXPORTS = {
    "Net Metering": "Exports cancel imports",
    "Net Billing Instantaneous": "Exports are paid for, netted at each moment",
    "Net Billing Hourly": "Exports are paid for, netted each hour",
    "Buy All Sell All": "All production is sold, all consumption is bought",
}


@dataclass(frozen=True)
class ComparisonRow:
    """One row of the comparison: its label, and one cell for each offer in their order."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class _Column:
    offer: Offer
    terms: Terms
    prices: PriceSummary


def compare_offers(offers: Sequence[Offer]) -> list[ComparisonRow]:
    """SR2, CA1: the rows of the comparison page."""
    columns = [_Column(o, terms_of(o.version), price_summary(o.version)) for o in offers]
    return [ComparisonRow(label, tuple(cell(column) for column in columns)) for label, cell in ROWS]


def _prices(values: Sequence[Decimal], currency: str) -> str:
    if not values:
        return UNKNOWN
    low, high = values[0], values[-1]
    span = f"{low:f}" if low == high else f"{low:f} to {high:f}"
    return f"{span} {currency} per kWh"


def _charge(charge: Charge | None) -> str:
    return UNKNOWN if charge is None else f"{charge.amount:f} {charge.unit}"


def _seasons(column: _Column) -> str:
    return "; ".join(season.label for season in column.prices.seasons) or UNKNOWN


def _communication(column: _Column) -> str:
    if not column.terms.requires_communication:
        return "Not required"
    return "Required: " + (", ".join(column.terms.communication_protocols) or "any protocol")


def _term(column: _Column) -> str:
    months = column.terms.minimum_term_months
    return "None" if months is None else f"{months} months"


def _eligibility(column: _Column) -> str:
    return " ".join(column.offer.findings) or "Open to you"


ROWS: tuple[tuple[str, Callable[[_Column], str]], ...] = (
    ("Can you choose it?", _eligibility),
    ("How exports count", lambda c: EXPORTS.get(c.prices.settlement, UNKNOWN)),
    ("Price of energy you take", lambda c: _prices(c.prices.import_prices, c.prices.currency)),
    ("Price of energy you export", lambda c: _prices(c.prices.export_prices, c.prices.currency)),
    ("Seasons", _seasons),
    ("Fixed charge", lambda c: _charge(c.prices.fixed_charge)),
    ("Meter", lambda c: c.terms.meter_requirement or "No special meter"),
    ("Communication", _communication),
    ("Control", lambda c: "; ".join(c.terms.control_rights) or "None"),
    ("Minimum term", _term),
    ("Leaving", lambda c: " ".join(c.terms.leave_rules) or UNKNOWN),
)
