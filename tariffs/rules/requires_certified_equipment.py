"""Whether every unit must be on a list of certified equipment."""

from dataclasses import dataclass

from .facts import ApplicationFacts


@dataclass(frozen=True)
class Params:
    """The list that the finding names, for example “CEC”."""

    list: str = ""


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """Equipment that was typed in by hand counts as not certified."""
    if facts.all_units_certified:
        return []
    words = f" (list: {params.list})" if params.list else ""
    return [
        f"This tariff takes certified equipment only{words}; "
        "at least one of your units was not picked from the certified list."
    ]


def to_verify(params: Params) -> list[tuple[str, str]]:
    """What the crew checks on site: questions with the expected answer (SR7)."""
    return [("Every unit is on the list that the tariff names", params.list or "Certified list")]
