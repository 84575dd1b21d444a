"""How long one must stay."""

from dataclasses import dataclass
from decimal import Decimal

from .facts import ApplicationFacts


@dataclass(frozen=True)
class Params:
    """In months; what leaving earlier costs is in the terms."""

    months: Decimal


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """Nothing to find: it binds after joining."""
    return []
