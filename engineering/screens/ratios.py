"""Screens that compare a quantity with a limit: pure, the limit comes from the rule set."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from .facts import ScreenFacts
from .result import FAIL, INCONCLUSIVE, NOT_APPLICABLE, PASS, Screen, Verdict

INVERTER_FAULT_PU = Decimal("1.2")
SQUARE_ROOT_OF_3 = Decimal(3).sqrt()
LINE_TO_LINE_V = 200


@dataclass(frozen=True)
class Ratio:
    """What a screen compares: ``part ÷ whole`` with a limit, in words, with the facts it takes."""

    words: str
    uses: tuple[str, ...]
    part: Callable[[ScreenFacts], Decimal]
    whole: Callable[[ScreenFacts], Decimal]


def known(value: Decimal | int | None) -> Decimal:
    """A number that was checked to be there."""
    if value is None:
        raise ValueError("A fact that is not known was used in a formula.")
    return Decimal(value)


def unknown(facts: ScreenFacts, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the named facts that are not known."""
    return tuple(name for name in names if getattr(facts, name) in (None, ""))


def compare(
    facts: ScreenFacts, ratio: Ratio, limit: Decimal | None, *, is_strict: bool = False
) -> Verdict:
    """PASS within the limit, FAIL beyond it, INCONCLUSIVE if a fact or the limit is not known.

    Compared without division, so that a feeder without load fails instead of dividing by zero.
    """
    if needs := unknown(facts, ratio.uses):
        return Verdict(INCONCLUSIVE, ratio.words, ratio.uses, needs, None, limit)
    whole = ratio.whole(facts)
    return decide(ratio.words, ratio.uses, ratio.part(facts), limit, whole, is_strict=is_strict)


def decide(
    words: str,
    uses: tuple[str, ...],
    part: Decimal,
    limit: Decimal | None,
    whole: Decimal = Decimal(1),
    *,
    is_strict: bool = False,
) -> Verdict:
    """The outcome of a comparison whose facts are known."""
    computed = part / whole if whole else None
    if limit is None:
        return Verdict(INCONCLUSIVE, words, uses, ("threshold",), computed)
    is_within = part < limit * whole if is_strict else part <= limit * whole
    return Verdict(PASS if is_within else FAIL, words, uses, (), computed, limit)


def exemption(facts: ScreenFacts, screen: Screen) -> Verdict | None:
    """NOT_APPLICABLE for a DER that is too small for the screen to apply."""
    size = facts.der_apparent_power_va
    exempt_va = screen.extra.get("not_applicable_at_most_va")
    if exempt_va is None or size is None or size > exempt_va:
        return None
    words = f"exempt: apparent power of this DER is at most {exempt_va} VA"
    return Verdict(NOT_APPLICABLE, words, ("der_apparent_power_va",))


def _on_feeder(facts: ScreenFacts) -> Decimal:
    return known(facts.der_active_power_w) + known(facts.aggregate_on_feeder_w)


def _on_transformer(facts: ScreenFacts) -> Decimal:
    return known(facts.der_apparent_power_va) + known(facts.aggregate_on_transformer_va)


def _fault_current_a(facts: ScreenFacts) -> Decimal:
    own = known(facts.fault_contribution_pu or INVERTER_FAULT_PU)
    others = INVERTER_FAULT_PU * known(facts.aggregate_on_feeder_va)
    volts = SQUARE_ROOT_OF_3 * known(facts.feeder_nominal_voltage_v)
    return (own * known(facts.der_apparent_power_va) + others) / volts


def _spans_both_legs(facts: ScreenFacts) -> bool:
    volts = facts.der_nominal_voltage_v
    return volts is not None and volts >= LINE_TO_LINE_V


PEAK_LOAD = Ratio(
    "(this DER + other DER on the feeder) ÷ peak load of the feeder",
    ("der_active_power_w", "aggregate_on_feeder_w", "feeder_peak_load_w"),
    _on_feeder,
    lambda facts: known(facts.feeder_peak_load_w),
)
MINIMUM_LOAD = Ratio(
    "(this DER + other DER on the feeder) ÷ minimum load of the feeder",
    ("der_active_power_w", "aggregate_on_feeder_w", "feeder_minimum_load_w"),
    _on_feeder,
    lambda facts: known(facts.feeder_minimum_load_w),
)
FAULT_CURRENT = Ratio(
    "fault current of all DER on the feeder (1.2 times the rating for inverters) ÷ "
    "maximum fault current of the feeder",
    (
        "der_apparent_power_va",
        "aggregate_on_feeder_va",
        "feeder_nominal_voltage_v",
        "max_fault_current_a",
        "has_inverter",
    ),
    _fault_current_a,
    lambda facts: known(facts.max_fault_current_a),
)
TRANSFORMER = Ratio(
    "(this DER + other DER on the transformer) ÷ rating of the transformer",
    ("der_apparent_power_va", "aggregate_on_transformer_va", "transformer_rating_va"),
    _on_transformer,
    lambda facts: known(facts.transformer_rating_va),
)
IMBALANCE = Ratio(
    "apparent power of this DER between one leg and neutral ÷ rating of the transformer",
    ("der_apparent_power_va", "transformer_rating_va"),
    lambda facts: known(facts.der_apparent_power_va),
    lambda facts: known(facts.transformer_rating_va),
)


ICA = Ratio(
    "active power of this DER ÷ lowest value of both integration capacity profiles",
    ("der_active_power_w", "lowest_ica_w"),
    lambda facts: known(facts.der_active_power_w),
    lambda facts: known(facts.lowest_ica_w),
)


def peak_load_share(facts: ScreenFacts, screen: Screen) -> Verdict:
    """Generation on the line section against its peak load (SGIP 2)."""
    return compare(facts, PEAK_LOAD, screen.threshold, is_strict=screen.is_strict)


def minimum_load_share(facts: ScreenFacts, screen: Screen) -> Verdict:
    """Generation on the line section against its minimum load (SGIP supplemental)."""
    return compare(facts, MINIMUM_LOAD, screen.threshold, is_strict=screen.is_strict)


def integration_capacity(facts: ScreenFacts, screen: Screen) -> Verdict:
    """The published capacity of the node, else the share of peak load (Rule 21 M)."""
    if facts.lowest_ica_w is not None:
        return compare(facts, ICA, screen.threshold)
    fallback = screen.extra.get("fallback_fraction_of_line_section_peak")
    return compare(facts, PEAK_LOAD, fallback, is_strict=True)


def fault_current_share(facts: ScreenFacts, screen: Screen) -> Verdict:
    """Fault current of all DER against the feeder's (SGIP 4, Rule 21 F)."""
    if exempt := exemption(facts, screen):
        return exempt
    if facts.has_inverter is False and facts.fault_contribution_pu is None:
        uses = (*FAULT_CURRENT.uses, "fault_contribution_pu")
        needs = unknown(facts, uses)
        return Verdict(INCONCLUSIVE, FAULT_CURRENT.words, uses, needs, None, screen.threshold)
    return compare(facts, FAULT_CURRENT, screen.threshold, is_strict=screen.is_strict)


def transformer_share(facts: ScreenFacts, screen: Screen) -> Verdict:
    """DER on the service transformer against its rating (Rule 21 D)."""
    return compare(facts, TRANSFORMER, screen.threshold, is_strict=screen.is_strict)


def leg_imbalance(facts: ScreenFacts, screen: Screen) -> Verdict:
    """What a single-phase DER on a 240 V center tap adds to one side (SGIP 8, Rule 21 E).

    With units of 240 V nothing. Where their voltage is not known the worst case is one leg:
    if that passes, so does the screen; else the applicant must say the voltage.
    """
    if facts.phase_code not in (None, "", "s12"):
        words = "the service is not single-phase 120/240 V"
        return Verdict(NOT_APPLICABLE, words, ("phase_code",))
    if _spans_both_legs(facts):
        words = "units of 240 V connect to both legs alike"
        return Verdict(PASS, words, ("der_nominal_voltage_v",), (), Decimal(0), screen.threshold)
    worst = compare(facts, IMBALANCE, screen.threshold)
    if worst.outcome != FAIL or facts.der_nominal_voltage_v is not None:
        return worst
    uses, needs = (*IMBALANCE.uses, "der_nominal_voltage_v"), ("der_nominal_voltage_v",)
    return replace(worst, outcome=INCONCLUSIVE, uses=uses, needs=needs)
