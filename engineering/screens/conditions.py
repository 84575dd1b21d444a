"""Screens that ask for a size or a condition: pure, the limits come from the rule set."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from .facts import ScreenFacts
from .ratios import INVERTER_FAULT_PU, PEAK_LOAD, compare, decide, exemption, known, unknown
from .result import FAIL, INCONCLUSIVE, NOT_APPLICABLE, PASS, Screen, Verdict

LINE_TO_NEUTRAL = {"A", "B", "C", "s12"}
NET_METERING_CODES = frozenset({"CA-NEM-1", "CA-NEM-2", "CA-NBT"})


def asked(name: str, words: str, *, good: bool) -> Callable[[ScreenFacts, Screen], Verdict]:
    """A check that is one yes or no, and INCONCLUSIVE until somebody says which."""

    def check(facts: ScreenFacts, screen: Screen) -> Verdict:
        answer = getattr(facts, name)
        if answer is None:
            return Verdict(INCONCLUSIVE, words, (name,), (name,))
        return Verdict(PASS if answer is good else FAIL, words, (name,))

    return check


certified_equipment = asked("is_certified", "every unit is certified equipment", good=True)
networked_secondary = asked(
    "is_networked_secondary", "the service is not on a networked secondary", good=False
)
transmission_dependency = asked(
    "is_transmission_dependent", "the area has no known stability limits", good=False
)
no_construction = asked("needs_construction", "the utility builds nothing", good=False)
power_quality = asked(
    "is_power_quality_acceptable", "voltage, flicker and harmonics are within limits", good=True
)
safety = asked("is_safe_and_reliable", "the engineer's determination", good=True)


def on_distribution_system(facts: ScreenFacts, screen: Screen) -> Verdict:
    """A service point that hangs on one of our feeders is covered (SGIP 1)."""
    uses = ("feeder_nominal_voltage_v",)
    needs = unknown(facts, uses)
    words = "the service point is connected to a feeder of ours"
    return Verdict(INCONCLUSIVE if needs else PASS, words, uses, needs)


def spot_network(facts: ScreenFacts, screen: Screen) -> Verdict:
    """Only on a spot network; the loads of one are not in the registry (SGIP 3)."""
    uses = ("is_networked_secondary",)
    words = "the service is not on a spot network"
    if facts.is_networked_secondary is False:
        return Verdict(NOT_APPLICABLE, words, uses)
    return Verdict(INCONCLUSIVE, words, uses, uses)


def transient_stability(facts: ScreenFacts, screen: Screen) -> Verdict:
    """Only in an area with known stability limits (SGIP 9); more than the limit fails anywhere.

    The registry knows the DER of the feeder, not of the substation.
    """
    uses = ("is_transmission_dependent", "der_active_power_w", "aggregate_on_feeder_w")
    words = "this DER + other DER on the feeder, in an area with known stability limits"
    if facts.is_transmission_dependent is False:
        return Verdict(NOT_APPLICABLE, words, uses[:1])
    if needs := unknown(facts, uses):
        return Verdict(INCONCLUSIVE, words, uses, needs, None, screen.threshold)
    total = known(facts.der_active_power_w) + known(facts.aggregate_on_feeder_w)
    return decide(words, uses, total, screen.threshold)


def starting_voltage_drop(facts: ScreenFacts, screen: Screen) -> Verdict:
    """Only for generators that motor to start (Rule 21 C)."""
    uses = ("has_inverter",)
    words = "a DER with an inverter does not motor to start"
    if facts.has_inverter:
        return Verdict(NOT_APPLICABLE, words, uses)
    return Verdict(INCONCLUSIVE, words, uses, unknown(facts, uses) or ("threshold",))


def fault_contribution(facts: ScreenFacts, screen: Screen) -> Verdict:
    """What the DER adds in a fault, per unit of its rating (Rule 21 F1)."""
    words = "fault current of the DER ÷ its rated current; 1.2 for inverters unless stated"
    uses = ("has_inverter", "fault_contribution_pu")
    contribution = facts.fault_contribution_pu
    if contribution is None and facts.has_inverter:
        contribution = INVERTER_FAULT_PU
    if contribution is None:
        return Verdict(INCONCLUSIVE, words, uses, unknown(facts, uses), None, screen.threshold)
    return decide(words, uses, Decimal(contribution), screen.threshold)


def interrupting_duty(facts: ScreenFacts, screen: Screen) -> Verdict:
    """Duty of the most loaded protective device (SGIP 5, Rule 21 G)."""
    if exempt := exemption(facts, screen):
        return exempt
    words = "fault current with this DER ÷ interrupting capability of the device"
    uses = ("interrupting_duty_share",)
    if unknown(facts, uses):
        return Verdict(INCONCLUSIVE, words, uses, uses, None, screen.threshold)
    duty = known(facts.interrupting_duty_share)
    return decide(words, uses, duty, screen.threshold)


def line_configuration(facts: ScreenFacts, screen: Screen) -> Verdict:
    """Line-to-neutral, effectively grounded, or small against the peak (SGIP 6, Rule 21 H)."""
    if exempt := exemption(facts, screen):
        return exempt
    uses = ("phase_code", "is_effectively_grounded")
    if facts.phase_code in LINE_TO_NEUTRAL or facts.is_effectively_grounded:
        return Verdict(PASS, "connected line-to-neutral, or effectively grounded", uses)
    if screen.threshold is None:
        words = "whether the connection suits the primary line"
        known_bad = facts.is_effectively_grounded is False
        return Verdict(FAIL if known_bad else INCONCLUSIVE, words, uses, unknown(facts, uses))
    return _small_against_peak(facts, screen)


def _small_against_peak(facts: ScreenFacts, screen: Screen) -> Verdict:
    by_share = compare(facts, PEAK_LOAD, screen.threshold)
    if by_share.outcome != FAIL or facts.is_effectively_grounded is False:
        return by_share
    uses = (*PEAK_LOAD.uses, "phase_code", "is_effectively_grounded")
    needs = unknown(facts, uses)
    return replace(by_share, outcome=INCONCLUSIVE, uses=uses, needs=needs)


def shared_secondary(facts: ScreenFacts, screen: Screen) -> Verdict:
    """DER on a shared single-phase secondary, taken as all on its transformer (SGIP 7)."""
    if facts.phase_code == "ABC":
        return Verdict(NOT_APPLICABLE, "the service is not single-phase", ("phase_code",))
    words = "this DER + other DER on the transformer"
    uses = ("phase_code", "der_active_power_w", "aggregate_on_transformer_va")
    if needs := unknown(facts, uses):
        return Verdict(INCONCLUSIVE, words, uses, needs, None, screen.threshold)
    total = known(facts.der_active_power_w) + known(facts.aggregate_on_transformer_va)
    return decide(words, uses, total, screen.threshold)


def export(facts: ScreenFacts, screen: Screen) -> Verdict:
    """PASS if nothing is exported: J to M are then skipped (Rule 21 I).

    An exporting DER does not fail: the screens that follow apply to it. Simplified: the
    limited-export options 1 to 4, 7 and 8 need equipment and loads that the registry lacks.
    """
    uses = ("export_limit_w",)
    limit = facts.export_limit_w
    if limit is None:
        return Verdict(NOT_APPLICABLE, "no export limit was asked for: it exports", uses)
    if limit == 0:
        return Verdict(PASS, "export limit is 0", uses, (), Decimal(0), Decimal(0))
    return Verdict(NOT_APPLICABLE, "it exports up to its limit", uses, (), Decimal(limit))


def small_rating(facts: ScreenFacts, screen: Screen) -> Verdict:
    """PASS if small: K to M are then skipped; a larger DER does not fail (Rule 21 J)."""
    words = "apparent power of this DER"
    uses = ("der_apparent_power_va",)
    if unknown(facts, uses):
        return Verdict(INCONCLUSIVE, words, uses, uses, None, screen.threshold)
    size = known(facts.der_apparent_power_va)
    return _route(decide(words, uses, size, screen.threshold))


def net_metering_size(facts: ScreenFacts, screen: Screen) -> Verdict:
    """PASS for net metering up to the limit: L is then skipped (Rule 21 K)."""
    words = "active power of a DER on net metering or net billing"
    uses = ("tariff_code", "der_active_power_w")
    if needs := unknown(facts, uses):
        return Verdict(INCONCLUSIVE, words, uses, needs, None, screen.threshold)
    size = known(facts.der_active_power_w)
    if facts.tariff_code not in NET_METERING_CODES:
        return Verdict(NOT_APPLICABLE, words, uses, (), size, screen.threshold)
    return _route(decide(words, uses, size, screen.threshold))


def _route(verdict: Verdict) -> Verdict:
    if verdict.outcome != FAIL:
        return verdict
    return replace(verdict, outcome=NOT_APPLICABLE)
