"""Which other tariff must be held already."""

from dataclasses import dataclass

from .facts import ApplicationFacts
from .words import listed


@dataclass(frozen=True)
class Params:
    """The codes of the tariffs of which one is needed at the site."""

    any_of: tuple[str, ...]


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """The site or the DER is on one of them."""
    if facts.existing_tariff_codes & set(params.any_of):
        return []
    return [f"This tariff is an addition to {listed(params.any_of)}; your site has none of them."]
