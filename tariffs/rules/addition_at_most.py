"""How much may be added without leaving the tariff."""

from dataclasses import dataclass
from decimal import Decimal

from .facts import ApplicationFacts
from .params import require_known
from .technologies import TECHNOLOGY_KINDS
from .words import power


@dataclass(frozen=True)
class Params:
    """The largest addition; a region may have its own."""

    technology: str
    max_w: Decimal
    max_w_by_region: dict[str, Decimal] | None = None

    def __post_init__(self) -> None:
        require_known("technology", [self.technology], TECHNOLOGY_KINDS)


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """Counts where an addition is asked for."""
    most = (params.max_w_by_region or {}).get(facts.region, params.max_w)
    if facts.added_w is None or facts.added_w <= most:
        return []
    return [f"This tariff takes additions up to {power(most)}; yours is {power(facts.added_w)}."]
