"""SR5: each screen at its boundary, with every input unknown, and the routes between them."""

from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engineering.screens import (
    FAIL,
    INCONCLUSIVE,
    NOT_APPLICABLE,
    OUTCOMES,
    PASS,
    SKIPPED,
    ScreenFacts,
    ScreenResult,
    UnknownRuleSet,
    rule_set,
    rule_sets,
    run_screens,
)
from engineering.screens.facts import SUPPLIERS
from engineering.screens.run import CHECKS, ROUTES

from .factories import HOME, home

SGIP, RULE_21, MORE = "SGIP-FAST-TRACK", "CA-RULE-21-INITIAL", "SGIP-SUPPLEMENTAL"
BIG = {"der_apparent_power_va": Decimal(100_000), "der_active_power_w": Decimal(100_000)}
WATTS = st.integers(0, 10_000_000)


def screen(code: str, screen_id: str, facts: ScreenFacts, **limits: Decimal) -> ScreenResult:
    """One result; for Rule 21 with an export limit of None unless the facts say otherwise."""
    run = run_screens(code, facts, limits=limits)
    return next(result for result in run.results if result.id == screen_id)


def outcome(code: str, screen_id: str, **facts: object) -> str:
    return screen(code, screen_id, home(**facts)).outcome


@pytest.mark.parametrize(
    ("others", "expected"), [(742_400, PASS), (742_401, FAIL)]
)  # 7,600 W + 742,400 W are 15 % of 5 MW
def test_sgip_2_is_15_percent_of_peak(others: int, expected: str) -> None:
    result = screen(SGIP, "2", home(aggregate_on_feeder_w=others))
    assert result.outcome == expected
    assert result.threshold == Decimal("0.15")
    assert result.inputs["feeder_peak_load_w"] == "5000000"


def test_a_feeder_without_load_fails_and_does_not_divide_by_zero() -> None:
    result = screen(SGIP, "2", home(feeder_peak_load_w=0))
    assert (result.outcome, result.computed) == (FAIL, None)


@pytest.mark.parametrize(
    ("volts", "expected"), [(12_470, PASS), (650, PASS), (640, PASS), (600, PASS)]
)
def test_sgip_4_takes_small_contributions(volts: int, expected: str) -> None:
    assert outcome(SGIP, "4", feeder_nominal_voltage_v=volts, max_fault_current_a=5_000) == expected


def test_sgip_4_is_10_percent_of_fault_current() -> None:
    at_limit = {
        "der_apparent_power_va": Decimal(0),
        "aggregate_on_feeder_va": Decimal(1_000_000),
        "feeder_nominal_voltage_v": 12_470,
    }  # 1.2 MVA at 12.47 kV are 55.56 A
    assert outcome(SGIP, "4", **at_limit, max_fault_current_a=556) == PASS
    assert outcome(SGIP, "4", **at_limit, max_fault_current_a=555) == FAIL
    assert outcome(SGIP, "4", **at_limit, max_fault_current_a=None) == INCONCLUSIVE


def test_the_fault_current_of_a_rotating_machine_must_be_stated() -> None:
    result = screen(SGIP, "4", home(has_inverter=False))
    assert result.outcome == INCONCLUSIVE
    assert [(m.name, m.supplied_by) for m in result.missing] == [
        ("fault_contribution_pu", "applicant")
    ]
    assert outcome(SGIP, "4", has_inverter=False, fault_contribution_pu=Decimal(6)) == PASS


@pytest.mark.parametrize(
    ("others", "phase", "expected"),
    [
        (12_400, "s12", PASS),
        (12_401, "s12", FAIL),
        (12_401, "ABC", NOT_APPLICABLE),
        (None, "s12", INCONCLUSIVE),
    ],
)
def test_sgip_7_is_20_kw_on_a_shared_secondary(
    others: int | None, phase: str, expected: str
) -> None:
    assert outcome(SGIP, "7", aggregate_on_transformer_va=others, phase_code=phase) == expected


@pytest.mark.parametrize(
    ("va", "volts", "phase", "expected"),
    [
        (5_000, None, "s12", PASS),
        (5_001, None, "s12", INCONCLUSIVE),
        (5_000, 120, "s12", PASS),
        (5_001, 120, "s12", FAIL),
        (50_000, 240, "s12", PASS),
        (50_000, None, "ABC", NOT_APPLICABLE),
        (50_000, None, "A", NOT_APPLICABLE),
    ],
)
def test_sgip_8_is_20_percent_on_one_leg(
    va: int, volts: int | None, phase: str, expected: str
) -> None:
    facts = {"der_apparent_power_va": va, "der_nominal_voltage_v": volts, "phase_code": phase}
    assert outcome(SGIP, "8", **facts) == expected


def test_an_unknown_unit_voltage_is_asked_of_the_applicant() -> None:
    result = screen(SGIP, "8", home())
    assert result.outcome == INCONCLUSIVE
    assert result.missing[0].supplied_by == "applicant"


@pytest.mark.parametrize(
    ("others", "expected"), [(1_492_399, PASS), (1_492_400, FAIL), (None, INCONCLUSIVE)]
)
def test_supplemental_is_below_the_minimum_load(others: int | None, expected: str) -> None:
    assert outcome(MORE, "S1", aggregate_on_feeder_w=others) == expected


@pytest.mark.parametrize(
    ("screen_id", "facts", "expected"),
    [
        ("1", {}, PASS),
        ("1", {"feeder_nominal_voltage_v": None}, INCONCLUSIVE),
        ("3", {}, INCONCLUSIVE),
        ("3", {"is_networked_secondary": False}, NOT_APPLICABLE),
        ("3", {"is_networked_secondary": True}, INCONCLUSIVE),
        ("5", {}, INCONCLUSIVE),
        ("5", {"interrupting_duty_share": Decimal("0.875")}, PASS),
        ("5", {"interrupting_duty_share": Decimal("0.876")}, FAIL),
        ("6", {}, PASS),
        ("6", {"phase_code": "ABC"}, INCONCLUSIVE),
        ("6", {"phase_code": "ABC", "is_effectively_grounded": True}, PASS),
        ("6", {"phase_code": "ABC", "is_effectively_grounded": False}, FAIL),
        ("9", {}, INCONCLUSIVE),
        ("9", {"is_transmission_dependent": False}, NOT_APPLICABLE),
        ("9", {"is_transmission_dependent": True}, PASS),
        (
            "9",
            {"is_transmission_dependent": True, "aggregate_on_feeder_w": 10_000_000},
            FAIL,
        ),
        ("10", {}, INCONCLUSIVE),
        ("10", {"needs_construction": False}, PASS),
        ("10", {"needs_construction": True}, FAIL),
    ],
)
def test_the_other_fast_track_screens(
    screen_id: str, facts: dict[str, object], expected: str
) -> None:
    assert outcome(SGIP, screen_id, **facts) == expected


@pytest.mark.parametrize(
    ("screen_id", "facts", "expected"),
    [
        ("A", {}, INCONCLUSIVE),
        ("A", {"is_networked_secondary": False}, PASS),
        ("A", {"is_networked_secondary": True}, FAIL),
        ("B", {}, PASS),
        ("B", {"is_certified": False}, FAIL),
        ("B", {"is_certified": None}, INCONCLUSIVE),
        ("C", {}, NOT_APPLICABLE),
        ("C", {"has_inverter": False}, INCONCLUSIVE),
        ("C", {"has_inverter": None}, INCONCLUSIVE),
        ("E", {"der_nominal_voltage_v": 240}, PASS),
        ("E", {}, INCONCLUSIVE),
        ("F", {"der_apparent_power_va": 30_000}, NOT_APPLICABLE),
        ("F", {"der_apparent_power_va": 30_001}, PASS),
        ("F", {"der_apparent_power_va": 30_001, "max_fault_current_a": 10}, FAIL),
        ("F1", {}, PASS),
        ("F1", {"fault_contribution_pu": Decimal("1.21")}, FAIL),
        ("F1", {"has_inverter": False}, INCONCLUSIVE),
        ("G", {"der_apparent_power_va": 30_000}, NOT_APPLICABLE),
        ("G", {"der_apparent_power_va": 30_001}, INCONCLUSIVE),
        ("H", {"der_apparent_power_va": 30_000}, NOT_APPLICABLE),
        ("H", BIG, PASS),
        ("H", BIG | {"phase_code": "ABC"}, PASS),
        ("H", BIG | {"phase_code": "ABC", "aggregate_on_feeder_w": 400_000}, PASS),
        ("H", BIG | {"phase_code": "ABC", "aggregate_on_feeder_w": 400_001}, INCONCLUSIVE),
        (
            "H",
            BIG
            | {
                "phase_code": "ABC",
                "aggregate_on_feeder_w": 400_001,
                "is_effectively_grounded": False,
            },
            FAIL,
        ),
        ("I", {}, NOT_APPLICABLE),
        ("I", {"export_limit_w": 1}, NOT_APPLICABLE),
        ("I", {"export_limit_w": 0}, PASS),
        ("J", {"der_apparent_power_va": 30_000}, PASS),
        ("J", {"der_apparent_power_va": 30_001}, NOT_APPLICABLE),
        ("J", {"der_apparent_power_va": None}, INCONCLUSIVE),
        ("K", BIG | {"der_active_power_w": 500_000}, PASS),
        ("K", BIG | {"der_active_power_w": 500_001}, NOT_APPLICABLE),
        ("K", BIG | {"tariff_code": "HECO-BYOD"}, NOT_APPLICABLE),
        ("K", BIG | {"tariff_code": ""}, INCONCLUSIVE),
        ("L", BIG | {"tariff_code": "OTHER"}, INCONCLUSIVE),
        ("L", BIG | {"tariff_code": "OTHER", "is_transmission_dependent": False}, PASS),
        ("M", BIG | {"aggregate_on_feeder_w": 649_999}, PASS),
        ("M", BIG | {"aggregate_on_feeder_w": 650_000}, FAIL),
        ("M", BIG | {"lowest_ica_w": 111_112}, PASS),
        ("M", BIG | {"lowest_ica_w": 111_111}, FAIL),
    ],
)
def test_the_screens_of_rule_21(screen_id: str, facts: dict[str, object], expected: str) -> None:
    assert outcome(RULE_21, screen_id, **facts) == expected


@pytest.mark.parametrize(("others", "expected"), [(17_400, PASS), (17_401, FAIL)])
def test_a_limit_left_to_the_utility_is_its_setting(others: int, expected: str) -> None:
    facts = home(aggregate_on_transformer_va=others)
    assert screen(RULE_21, "D", facts, D=Decimal(1)).outcome == expected
    unset = screen(RULE_21, "D", facts)
    assert unset.outcome == INCONCLUSIVE
    assert unset.computed is not None
    assert unset.missing[0].label == "the limit, a setting of the utility"


def test_a_limit_of_the_procedure_is_not_overruled() -> None:
    assert screen(SGIP, "2", home(), **{"2": Decimal(9)}).threshold == Decimal("0.15")


def test_a_limit_must_be_a_number() -> None:
    with pytest.raises(ValueError, match="finite"):
        run_screens(RULE_21, home(), limits={"D": Decimal("NaN")})


@pytest.mark.parametrize(
    ("facts", "skipped"),
    [
        ({"export_limit_w": 0}, {"J", "K", "L", "M"}),
        ({}, {"K", "L", "M"}),
        (BIG, {"L"}),
        (BIG | {"tariff_code": "OTHER"}, set()),
    ],
)
def test_a_passed_route_skips_the_screens_after_it(
    facts: dict[str, object], skipped: set[str]
) -> None:
    results = run_screens(RULE_21, home(**facts)).results
    assert {result.id for result in results if result.outcome == SKIPPED} == skipped


def test_a_skipped_screen_says_which_one_passed() -> None:
    assert screen(RULE_21, "M", home()).computed_as == "not needed: screen J passed"


def test_a_procedure_runs_its_initial_screens() -> None:
    assert run_screens("SGIP-10KW", HOME).rule_set == SGIP
    assert rule_set("CA-RULE-21").code == RULE_21
    with pytest.raises(UnknownRuleSet):
        run_screens("NO-SUCH", HOME)


def test_every_screen_of_the_data_has_a_check_and_a_citation() -> None:
    for rules in rule_sets():
        assert [s.id for s in rules.screens] == list(CHECKS[rules.code])
        assert all(s.citation and s.formula and s.question for s in rules.screens)
        routed = {target for targets in ROUTES.get(rules.code, {}).values() for target in targets}
        assert routed <= set(CHECKS[rules.code])


def test_every_fact_has_a_supplier() -> None:
    assert {field.name for field in fields(ScreenFacts)} | {"threshold"} == set(SUPPLIERS)


@pytest.mark.parametrize("code", [SGIP, MORE, RULE_21])
def test_what_nobody_knows_is_never_a_pass_or_a_fail(code: str) -> None:
    results = run_screens(code, ScreenFacts()).results
    assert {result.outcome for result in results} <= {INCONCLUSIVE, NOT_APPLICABLE}
    assert all(result.missing for result in results if result.outcome == INCONCLUSIVE)


@pytest.mark.parametrize("name", sorted(set(SUPPLIERS) - {"threshold"}))
@pytest.mark.parametrize("code", [SGIP, MORE, RULE_21])
def test_one_fact_that_is_not_known_breaks_nothing(code: str, name: str) -> None:
    for result in run_screens(code, home(**{name: None})).results:
        assert result.outcome in OUTCOMES
        assert result.computed is None or result.computed.is_finite()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "-1"])
def test_facts_refuse_numbers_that_are_none(number: str) -> None:
    with pytest.raises(ValueError, match="der_active_power_w must be a finite number"):
        home(der_active_power_w=Decimal(number))


def test_facts_refuse_floats() -> None:
    with pytest.raises(TypeError, match="not a float"):
        home(der_active_power_w=7600.0)


def test_the_same_facts_have_the_same_hash_however_they_are_written() -> None:
    first = run_screens(SGIP, home(der_active_power_w=Decimal("7600.000")))
    second = run_screens(SGIP, home(der_active_power_w=7600))
    other = run_screens(SGIP, home(der_active_power_w=7601))
    assert first.input_sha256 == second.input_sha256 != other.input_sha256


@given(size=WATTS, others=WATTS, more=WATTS)
def test_more_generation_never_turns_a_fail_into_a_pass(size: int, others: int, more: int) -> None:
    facts = home(
        der_active_power_w=size, aggregate_on_feeder_w=others, aggregate_on_feeder_va=others
    )
    larger = replace(
        facts, aggregate_on_feeder_w=others + more, aggregate_on_feeder_va=others + more
    )
    for code, screen_id in ((SGIP, "2"), (SGIP, "4"), (MORE, "S1")):
        if screen(code, screen_id, facts).outcome == FAIL:
            assert screen(code, screen_id, larger).outcome == FAIL
