"""Running a rule set over the facts of one request."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from . import conditions, ratios
from .facts import ScreenFacts, as_text
from .result import PASS, SKIPPED, Screen, ScreenResult, Verdict, result_of
from .rule_sets import rule_set

ENGINE_VERSION = "1"
NO_LIMITS: Mapping[str, Decimal] = MappingProxyType({})

Check = Callable[[ScreenFacts, Screen], Verdict]
CHECKS: dict[str, dict[str, Check]] = {
    "SGIP-FAST-TRACK": {
        "1": conditions.on_distribution_system,
        "2": ratios.peak_load_share,
        "3": conditions.spot_network,
        "4": ratios.fault_current_share,
        "5": conditions.interrupting_duty,
        "6": conditions.line_configuration,
        "7": conditions.shared_secondary,
        "8": ratios.leg_imbalance,
        "9": conditions.transient_stability,
        "10": conditions.no_construction,
    },
    "SGIP-SUPPLEMENTAL": {
        "S1": ratios.minimum_load_share,
        "S2": conditions.power_quality,
        "S3": conditions.safety,
    },
    "CA-RULE-21-INITIAL": {
        "A": conditions.networked_secondary,
        "B": conditions.certified_equipment,
        "C": conditions.starting_voltage_drop,
        "D": ratios.transformer_share,
        "E": ratios.leg_imbalance,
        "F": ratios.fault_current_share,
        "F1": conditions.fault_contribution,
        "G": conditions.interrupting_duty,
        "H": conditions.line_configuration,
        "I": conditions.export,
        "J": conditions.small_rating,
        "K": conditions.net_metering_size,
        "L": conditions.transmission_dependency,
        "M": ratios.integration_capacity,
    },
}
ROUTES: dict[str, dict[str, tuple[str, ...]]] = {
    "CA-RULE-21-INITIAL": {"I": ("J", "K", "L", "M"), "J": ("K", "L", "M"), "K": ("L",)},
}


@dataclass(frozen=True)
class ScreenRun:
    """All results of one run, with what makes the run repeatable (SR5)."""

    rule_set: str
    rule_set_version: str
    engine_version: str
    inputs: dict[str, Any]
    input_sha256: str
    results: tuple[ScreenResult, ...]


def run_screens(
    rule_set_code: str, facts: ScreenFacts, *, limits: Mapping[str, Decimal] = NO_LIMITS
) -> ScreenRun:
    """SR5: every screen of a rule set, in order. Same input, same result; people decide.

    ``limits`` are the utility's own, by screen id, where the procedure leaves the number to it.
    """
    rules = rule_set(rule_set_code)
    screens = [_with_limit(screen, limits) for screen in rules.screens]
    inputs = _inputs(rules.code, rules.version, facts, limits)
    return ScreenRun(
        rule_set=rules.code,
        rule_set_version=rules.version,
        engine_version=ENGINE_VERSION,
        inputs=inputs,
        input_sha256=_sha256(inputs),
        results=tuple(_results(rules.code, screens, facts)),
    )


def _with_limit(screen: Screen, limits: Mapping[str, Decimal]) -> Screen:
    if screen.threshold is not None or screen.id not in limits:
        return screen
    if not limits[screen.id].is_finite():
        raise ValueError(f"The limit of screen {screen.id} must be a finite number.")
    return replace(screen, threshold=limits[screen.id])


def _results(code: str, screens: list[Screen], facts: ScreenFacts) -> list[ScreenResult]:
    results: list[ScreenResult] = []
    skipped: dict[str, str] = {}
    for screen in screens:
        verdict = _verdict(code, screen, facts, skipped.get(screen.id))
        results.append(result_of(screen, facts, verdict))
        if verdict.outcome == PASS:
            skipped.update(dict.fromkeys(ROUTES.get(code, {}).get(screen.id, ()), screen.id))
    return results


def _verdict(code: str, screen: Screen, facts: ScreenFacts, skipped_by: str | None) -> Verdict:
    if skipped_by is not None:
        return Verdict(SKIPPED, f"not needed: screen {skipped_by} passed")
    return CHECKS[code][screen.id](facts, screen)


def _inputs(
    code: str, version: str, facts: ScreenFacts, limits: Mapping[str, Decimal]
) -> dict[str, Any]:
    own = {name: as_text(limit) for name, limit in sorted(limits.items())}
    return {"rule_set": code, "version": version, "limits": own, "facts": facts.as_json()}


def _sha256(inputs: dict[str, Any]) -> str:
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
