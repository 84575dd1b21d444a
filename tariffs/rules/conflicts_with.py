"""Which tariffs exclude each other."""

from dataclasses import dataclass

from .facts import ApplicationFacts
from .words import listed


@dataclass(frozen=True)
class Params:
    """The codes of the tariffs that may not be held beside this one."""

    codes: tuple[str, ...]


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """The DER holds none of those tariffs."""
    held = sorted(facts.existing_tariff_codes & set(params.codes))
    if not held:
        return []
    return [f"This tariff cannot be combined with {listed(held, 'and')}, which you already have."]
