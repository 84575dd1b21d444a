"""On which rate the customer must take energy."""

from dataclasses import dataclass

from .facts import ApplicationFacts
from .words import listed


@dataclass(frozen=True)
class Params:
    """The codes of the rates of which one is needed."""

    any_of: tuple[str, ...]


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """Counts where the rate is known; else the joining conditions say it."""
    if not facts.import_rate or facts.import_rate in params.any_of:
        return []
    return [
        f"This tariff requires that you take energy on {listed(params.any_of)}; "
        f"you are on {facts.import_rate}."
    ]
