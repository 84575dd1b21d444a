"""Whether the service point must have an interval meter."""

from dataclasses import dataclass
from decimal import Decimal

from .facts import ApplicationFacts
from .words import plain


@dataclass(frozen=True)
class Params:
    """What the meter must do; only its presence is known here, the crew verifies the rest."""

    interval_minutes: Decimal | None = None
    communicating: bool = False
    history_days: Decimal | None = None


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """The service point has an interval meter."""
    if facts.has_interval_meter:
        return []
    return ["This tariff requires an interval meter; your service point has none."]


def to_verify(params: Params) -> list[tuple[str, str]]:
    """What the crew checks on site: questions with the expected answer (SR7)."""
    kind = "Communicating interval meter" if params.communicating else "Interval meter"
    minutes = f", {plain(params.interval_minutes)}-minute values" if params.interval_minutes else ""
    return [("An interval meter is installed", f"{kind}{minutes}")]
