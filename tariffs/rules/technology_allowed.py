"""Which technologies a tariff takes."""

from dataclasses import dataclass

from .facts import ApplicationFacts
from .params import require_known
from .technologies import TECHNOLOGY_KINDS, in_words, kinds_of
from .words import KIND_NAMES, named


@dataclass(frozen=True)
class Params:
    """The technologies, by their codes in the tariff book."""

    technologies: tuple[str, ...]

    def __post_init__(self) -> None:
        require_known("technologies", self.technologies, TECHNOLOGY_KINDS)


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """Every unit is of an allowed kind; a hybrid needs solar and storage to be allowed."""
    others = facts.technologies - kinds_of(params.technologies)
    if not others:
        return []
    has = "also has" if facts.technologies - others else "has"
    return [
        f"This tariff takes only {in_words(params.technologies)}; "
        f"yours {has} {named(others, KIND_NAMES, 'and')}."
    ]
