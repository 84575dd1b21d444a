"""How a battery must be set."""

from dataclasses import dataclass

from .facts import ApplicationFacts
from .words import listed


@dataclass(frozen=True)
class Params:
    """The operating modes of which one must be set."""

    any_of: tuple[str, ...]


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """Counts for storage whose mode is known; else the crew verifies it."""
    is_known = "storage" in facts.parts and facts.battery_mode
    if not is_known or facts.battery_mode in params.any_of:
        return []
    return [
        f"This tariff requires the battery mode {listed(params.any_of)}; "
        f"yours is {facts.battery_mode}."
    ]


def to_verify(params: Params) -> list[tuple[str, str]]:
    """What the crew checks on site: questions with the expected answer (SR7)."""
    return [("The battery is set to a mode that the tariff takes", listed(params.any_of))]
