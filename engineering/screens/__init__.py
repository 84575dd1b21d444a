"""The screens: pure functions over ScreenFacts, by rule sets that are data."""

from .facts import ScreenFacts
from .result import (
    FAIL,
    INCONCLUSIVE,
    NOT_APPLICABLE,
    OUTCOMES,
    PASS,
    SKIPPED,
    MissingInput,
    ScreenResult,
)
from .rule_sets import RuleSet, UnknownRuleSet, rule_set, rule_sets
from .run import ENGINE_VERSION, ScreenRun, run_screens

__all__ = [
    "ENGINE_VERSION",
    "FAIL",
    "INCONCLUSIVE",
    "NOT_APPLICABLE",
    "OUTCOMES",
    "PASS",
    "SKIPPED",
    "MissingInput",
    "RuleSet",
    "ScreenFacts",
    "ScreenResult",
    "ScreenRun",
    "UnknownRuleSet",
    "rule_set",
    "rule_sets",
    "run_screens",
]
