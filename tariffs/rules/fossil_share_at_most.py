"""How much of an aggregation may be fossil-fueled."""

from dataclasses import dataclass
from decimal import Decimal

from .facts import ApplicationFacts
from .params import RuleError
from .words import plain


@dataclass(frozen=True)
class Params:
    """A share from 0 to 1."""

    share: Decimal

    def __post_init__(self) -> None:
        if self.share > 1:
            raise RuleError(f"field 'share' ({self.share}) is above 1")


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """Counts where the share of the aggregation is known."""
    if facts.fossil_share is None or facts.fossil_share <= params.share:
        return []
    return [
        f"This tariff takes at most {plain(params.share * 100)} % fossil-fueled generation; "
        f"the aggregation has {plain(facts.fossil_share * 100)} %."
    ]
