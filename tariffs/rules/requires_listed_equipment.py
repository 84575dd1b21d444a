"""Whether every unit must be on the program's own list."""

from dataclasses import dataclass

from .facts import ApplicationFacts


@dataclass(frozen=True)
class Params:
    """The list in words."""

    list: str


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """Nothing to find: the program's list is not in the registry, the crew verifies it."""
    return []


def to_verify(params: Params) -> list[tuple[str, str]]:
    """What the crew checks on site: questions with the expected answer (SR7)."""
    return [("Every unit is on the list that the tariff names", params.list)]
