"""From which power a customer may take part without an aggregator."""

from dataclasses import dataclass
from decimal import Decimal

from .facts import ApplicationFacts
from .words import power


@dataclass(frozen=True)
class Params:
    """The least active power of a customer who comes alone."""

    min_w: Decimal


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """Behind a third-party provider the aggregation counts instead."""
    if facts.third_party or facts.active_power_w >= params.min_w:
        return []
    return [
        f"This tariff takes systems from {power(params.min_w)} without a third-party provider; "
        f"yours is {power(facts.active_power_w)}."
    ]
