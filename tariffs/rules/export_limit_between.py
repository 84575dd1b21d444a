"""How far the export must be limited."""

from dataclasses import dataclass
from decimal import Decimal

from .facts import ApplicationFacts
from .limits import Limits
from .params import require_known
from .words import power

MODES = ("fixed", "dynamic")


@dataclass(frozen=True)
class Params(Limits):
    """Limits on what may be exported; the mode says whether the limit is fixed or dynamic."""

    mode: str = "fixed"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_known("mode", [self.mode], MODES)


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """A DER without an export limit may export all of its active power."""
    limit, phases = facts.export_limit_w, facts.phase_count
    exported = facts.active_power_w if limit is None else min(limit, facts.active_power_w)
    least, most = params.least(phases), params.most(phases)
    if most is not None and exported > most:
        return [f"This tariff requires {_at_most(params, phases)}; {_yours(facts)}."]
    if least is not None and limit is not None and limit < least:
        return [f"This tariff takes export limits from {power(least)}; {_yours(facts)}."]
    return []


def _at_most(params: Params, phases: int) -> str:
    if params.most(phases) == Decimal(0):
        return "a system that does not export"
    return f"an export limit of at most {params.most_in_words(phases)}"


def _yours(facts: ApplicationFacts) -> str:
    if facts.export_limit_w is None:
        return f"yours has no export limit and could export {power(facts.active_power_w)}"
    return f"yours is {power(facts.export_limit_w)}"


def to_verify(params: Params) -> list[tuple[str, str]]:
    """What the crew checks on site: questions with the expected answer (SR7)."""
    most, per_phase = params.max_w, params.max_w_per_phase
    limits = [f"at most {power(most)}" if most is not None else ""]
    limits += [f"at most {power(per_phase)} per phase" if per_phase is not None else ""]
    expected = ", ".join([f"{params.mode.capitalize()} limit", *filter(None, limits)])
    return [("Export limit is set as the tariff says", expected)]
