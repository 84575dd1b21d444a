"""The rule sets of engineering/data/screens.json: thresholds and citations are data (R9)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from .result import Screen

BOOK = Path(__file__).resolve().parent.parent / "data" / "screens.json"


class UnknownRuleSet(LookupError):
    """No rule set and no procedure has this code."""


@dataclass(frozen=True)
class RuleSet:
    """One version of a procedure's screens, in the order in which they run."""

    code: str
    title: str
    version: str
    procedure: str
    screens: tuple[Screen, ...]


def rule_set(code: str) -> RuleSet:
    """By its own code, or the initial screens of a procedure by the procedure's code (SR5)."""
    for found in rule_sets():
        if code in (found.code, found.procedure):
            return found
    raise UnknownRuleSet(f"There are no screens for {code!r}.")


@cache
def rule_sets(path: Path = BOOK) -> tuple[RuleSet, ...]:
    """All rule sets, in the order of the book."""
    book = json.loads(path.read_text("utf-8"), parse_float=Decimal, parse_constant=_refuse)
    return tuple(_rule_set(item) for item in book["screen_sets"])


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number that a screen can have.")


def _rule_set(item: Mapping[str, Any]) -> RuleSet:
    screens = tuple(_screen(screen) for screen in item["screens"])
    return RuleSet(item["code"], item["title"], item["version"], item["procedure"], screens)


def _screen(item: Mapping[str, Any]) -> Screen:
    threshold = item["threshold"]
    return Screen(
        id=item["id"],
        title=item["title"],
        question=item["question"],
        threshold=None if threshold is None else Decimal(threshold),
        unit=item["unit"] or "",
        is_strict=item["compare"] == "<",
        extra={name: Decimal(value) for name, value in item["extra_thresholds"].items()},
        formula=item["formula_words"],
        citation=item["source"],
        on_fail=item["on_fail"],
        note=item["note"] or "",
    )
