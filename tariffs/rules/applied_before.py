"""Until when a closed tariff took applications."""

from dataclasses import dataclass
from datetime import date

from .facts import ApplicationFacts


@dataclass(frozen=True)
class Params:
    """The first day on which it took none."""

    date: date


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """Counts where the day of the application is known."""
    if facts.applied_on is None or facts.applied_on < params.date:
        return []
    last = params.date
    day = f"{last:%B} {last.day}, {last.year}"
    return [f"This tariff took applications before {day} only."]
