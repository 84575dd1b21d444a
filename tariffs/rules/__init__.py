"""The rules of the tariff book: one file each, one line each in RULES."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from . import (
    addition_at_most,
    aggregator_minimum,
    applied_before,
    battery_mode,
    conflicts_with,
    customer_kind,
    direct_minimum,
    export_limit_between,
    fossil_share_at_most,
    join_deadline,
    minimum_term,
    program_cap,
    requires_certified_equipment,
    requires_communication,
    requires_import_rate,
    requires_interval_meter,
    requires_listed_equipment,
    requires_paired_with,
    requires_tariff,
    size_between,
    technology_allowed,
)
from .facts import ApplicationFacts
from .params import RuleError, build_params

__all__ = ["RULES", "ApplicationFacts", "Rule", "RuleError", "findings_of", "read_rules"]

RULES: dict[str, ModuleType] = {
    "addition_at_most": addition_at_most,
    "aggregator_minimum": aggregator_minimum,
    "applied_before": applied_before,
    "battery_mode": battery_mode,
    "conflicts_with": conflicts_with,
    "customer_kind": customer_kind,
    "direct_minimum": direct_minimum,
    "export_limit_between": export_limit_between,
    "fossil_share_at_most": fossil_share_at_most,
    "join_deadline": join_deadline,
    "minimum_term": minimum_term,
    "program_cap": program_cap,
    "requires_certified_equipment": requires_certified_equipment,
    "requires_communication": requires_communication,
    "requires_import_rate": requires_import_rate,
    "requires_interval_meter": requires_interval_meter,
    "requires_listed_equipment": requires_listed_equipment,
    "requires_paired_with": requires_paired_with,
    "requires_tariff": requires_tariff,
    "size_between": size_between,
    "technology_allowed": technology_allowed,
}


@dataclass(frozen=True)
class Rule:
    """One rule of one tariff: its name, its params, its check, and what to verify on site."""

    name: str
    params: Any
    check: Callable[[Any, ApplicationFacts], list[str]]
    to_verify: Callable[[Any], list[tuple[str, str]]]


def read_rules(raw: Sequence[Mapping[str, Any]], *, tariff: str) -> list[Rule]:
    """The rules as objects. RuleError names the tariff, the rule and the field (CA1)."""
    return [_read_rule(item, f"Tariff {tariff}: rule {n}") for n, item in enumerate(raw, start=1)]


def findings_of(rules: Sequence[Rule], facts: ApplicationFacts) -> list[str]:
    """All findings in plain words; none means eligible (SR2, GF2)."""
    return [finding for rule in rules for finding in rule.check(rule.params, facts)]


def _read_rule(item: Mapping[str, Any], where: str) -> Rule:
    name = item.get("rule")
    module = RULES.get(str(name))
    if module is None:
        raise RuleError(f"{where}: there is no rule {name!r}; there are {', '.join(RULES)}.")
    try:
        params = build_params(module.Params, item.get("params", {}))
    except RuleError as error:
        raise RuleError(f"{where} ({name}): {error}.") from error
    return Rule(str(name), params, module.check, getattr(module, "to_verify", _nothing))


def _nothing(params: Any) -> list[tuple[str, str]]:
    return []
