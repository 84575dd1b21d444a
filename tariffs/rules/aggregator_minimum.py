"""From which power an aggregation may take part."""

from dataclasses import dataclass
from decimal import Decimal

from .facts import ApplicationFacts
from .words import power


@dataclass(frozen=True)
class Params:
    """The least active power of an aggregation; None is no minimum known."""

    min_w: Decimal | None


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """Counts behind a third-party provider, once the aggregation is known."""
    aggregate, least = facts.aggregate_w, params.min_w
    if not facts.third_party or aggregate is None or least is None or aggregate >= least:
        return []
    return [
        f"This tariff takes aggregations from {power(least)}; "
        f"your provider's is {power(aggregate)}."
    ]
