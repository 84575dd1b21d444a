"""How large a DER a tariff takes."""

from dataclasses import dataclass

from .facts import ApplicationFacts
from .limits import Limits
from .params import require_known
from .technologies import TECHNOLOGY_KINDS, kinds_of
from .words import power


@dataclass(frozen=True)
class Params(Limits):
    """Limits on the maximum active power, of one technology or of the whole DER."""

    technology: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require_known("technology", filter(None, [self.technology]), TECHNOLOGY_KINDS)


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """The sum of the units' maximum active power lies within the limits."""
    kinds = kinds_of([params.technology]) if params.technology else facts.parts
    if not kinds & facts.parts:
        return []
    size = facts.power_of(kinds) if params.technology else facts.active_power_w
    least, most = params.least(facts.phase_count), params.most(facts.phase_count)
    if least is not None and size < least:
        return [f"This tariff takes systems from {power(least)}; yours is {power(size)}."]
    if most is not None and size > most:
        words = params.most_in_words(facts.phase_count)
        return [f"This tariff takes systems up to {words}; yours is {power(size)}."]
    return []
