"""How much may be enrolled in a region altogether."""

from dataclasses import dataclass
from decimal import Decimal

from .facts import ApplicationFacts
from .words import power


@dataclass(frozen=True)
class Params:
    """The cap of each region; a region that is not named has none."""

    cap_w_by_region: dict[str, Decimal]


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """Counts where the region and what is enrolled there are known; first come, first served."""
    cap = params.cap_w_by_region.get(facts.region)
    if cap is None or facts.enrolled_w is None:
        return []
    if facts.enrolled_w + facts.active_power_w <= cap:
        return []
    return [
        f"This tariff is full in {facts.region}: it takes {power(cap)} and has "
        f"{power(facts.enrolled_w)}; yours is {power(facts.active_power_w)}."
    ]
