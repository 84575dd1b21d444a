"""SR2: each rule at its boundaries, and in words that a customer understands."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tariffs.rules import RULES, ApplicationFacts, RuleError, findings_of, read_rules

from .factories import home

WATTS = st.decimals(0, 10_000_000, places=3)


def findings(rule: str, facts: ApplicationFacts, **params: object) -> list[str]:
    return findings_of(read_rules([{"rule": rule, "params": params}], tariff="T"), facts)


def test_a_technology_that_is_not_listed_is_named() -> None:
    wind = home(technologies=frozenset({"pv", "wind"}))
    assert findings("technology_allowed", home(), technologies=["solar"]) == []
    assert findings("technology_allowed", wind, technologies=["solar", "storage"]) == [
        "This tariff takes only solar and battery storage; yours also has wind."
    ]
    only_wind = home(technologies=frozenset({"wind"}))
    assert findings("technology_allowed", only_wind, technologies=["solar"]) == [
        "This tariff takes only solar; yours has wind."
    ]


@pytest.mark.parametrize(
    ("allowed", "is_eligible"),
    [
        (["solar", "storage"], True),
        (["pv_storage"], True),
        (["solar"], False),
        (["storage"], False),
    ],
)
def test_a_hybrid_needs_solar_and_storage(allowed: list[str], is_eligible: bool) -> None:
    hybrid = home(technologies=frozenset({"pv_storage"}))
    assert (findings("technology_allowed", hybrid, technologies=allowed) == []) is is_eligible


@pytest.mark.parametrize(
    ("watts", "found"),
    [
        ("999.999", "This tariff takes systems from 1 kW; yours is 999.999 W."),
        ("1000", None),
        ("500000", None),
        ("612000", "This tariff takes systems up to 500 kW; yours is 612 kW."),
    ],
)
def test_size_limits_are_inclusive(watts: str, found: str | None) -> None:
    facts = home(active_power_w=Decimal(watts))
    assert findings("size_between", facts, min_w=1000, max_w=500_000) == ([found] if found else [])


def test_a_limit_per_phase_grows_with_the_phases() -> None:
    facts = home(active_power_w=Decimal(20_000))
    limits = {"max_w_per_phase": 10_000, "technology": "solar"}
    assert findings("size_between", facts, **limits) == [
        "This tariff takes systems up to 10 kW (10 kW per phase); yours is 20 kW."
    ]
    assert (
        findings("size_between", home(active_power_w=Decimal(20_000), phase_count=3), **limits)
        == []
    )


def test_a_limit_of_one_technology_looks_at_that_one_only() -> None:
    both = {
        "technologies": frozenset({"pv", "storage"}),
        "active_power_w": Decimal(15_000),
        "power_by_technology_w": {"pv": Decimal(9_000), "storage": Decimal(6_000)},
    }
    assert findings("size_between", home(**both), max_w=10_000, technology="solar") == []
    assert findings("size_between", home(**both), max_w=8_000, technology="solar") != []
    storage_only = home(technologies=frozenset({"storage"}), active_power_w=Decimal(15_000))
    assert findings("size_between", storage_only, max_w=10_000, technology="solar") == []


@given(small=WATTS, more=WATTS, limit=WATTS)
def test_what_is_too_large_stays_too_large_when_it_grows(
    small: Decimal, more: Decimal, limit: Decimal
) -> None:
    if findings("size_between", home(active_power_w=small), max_w=limit):
        assert findings("size_between", home(active_power_w=small + more), max_w=limit)


@given(size=WATTS, low=WATTS, high=WATTS)
def test_a_size_is_found_exactly_when_it_is_outside(
    size: Decimal, low: Decimal, high: Decimal
) -> None:
    low, high = sorted([low, high])
    found = findings("size_between", home(active_power_w=size), min_w=low, max_w=high)
    assert (found == []) is (low <= size <= high)


def test_storage_alone_lacks_its_partner() -> None:
    pair = {"technology": "storage", "with_any_of": ["solar", "wind"]}
    alone = home(technologies=frozenset({"storage"}))
    hybrid = home(technologies=frozenset({"pv_storage"}))
    assert findings("requires_paired_with", alone, **pair) == [
        "This tariff takes battery storage only together with solar or wind; yours has none."
    ]
    assert findings("requires_paired_with", hybrid, **pair) == []
    assert findings("requires_paired_with", home(), **pair) == []


def test_equipment_typed_in_by_hand_is_not_certified() -> None:
    assert findings("requires_certified_equipment", home(), list="CEC") == []
    found = findings("requires_certified_equipment", home(all_units_certified=False), list="CEC")
    assert "certified equipment only (list: CEC)" in found[0]


@pytest.mark.parametrize(
    ("given_protocol", "wanted", "is_eligible"),
    [
        ("IEEE 2030.5", None, True),
        ("", None, False),
        ("csip-aus", ["CSIP-AUS"], True),
        ("IEEE 2030.5", ["CSIP-AUS"], False),
    ],
)
def test_communication_by_a_protocol_that_will_do(
    given_protocol: str, wanted: list[str] | None, is_eligible: bool
) -> None:
    facts = home(communication_protocol=given_protocol)
    assert (findings("requires_communication", facts, protocols=wanted) == []) is is_eligible


def test_the_finding_names_the_protocol() -> None:
    assert findings("requires_communication", home(), protocols=["CSIP-AUS"]) == [
        "This tariff requires communication with your DER by CSIP-AUS; yours uses IEEE 2030.5."
    ]


def test_an_interval_meter_is_missing() -> None:
    assert findings("requires_interval_meter", home(), communicating=True) == []
    assert findings("requires_interval_meter", home(has_interval_meter=False)) == [
        "This tariff requires an interval meter; your service point has none."
    ]


@pytest.mark.parametrize(
    ("limit", "phases", "is_eligible"),
    [("1500", 1, True), ("1501", 1, False), ("4500", 3, True), (None, 1, False), ("0", 1, True)],
)
def test_a_fixed_export_limit(limit: str | None, phases: int, is_eligible: bool) -> None:
    facts = home(export_limit_w=limit and Decimal(limit), phase_count=phases)
    params = {"mode": "fixed", "min_w_per_phase": 0, "max_w_per_phase": 1500}
    assert (findings("export_limit_between", facts, **params) == []) is is_eligible


def test_a_small_system_needs_no_export_limit() -> None:
    facts = home(active_power_w=Decimal(1400))
    assert findings("export_limit_between", facts, max_w_per_phase=1500) == []


def test_export_findings_in_words() -> None:
    assert findings("export_limit_between", home(), max_w=0) == [
        "This tariff requires a system that does not export; "
        "yours has no export limit and could export 7.6 kW."
    ]
    limited = home(export_limit_w=Decimal(1000))
    assert findings("export_limit_between", limited, mode="dynamic", min_w_per_phase=1500) == [
        "This tariff takes export limits from 1.5 kW; yours is 1 kW."
    ]


def test_a_tariff_for_other_customers() -> None:
    assert findings("customer_kind", home(), kinds=["residential"]) == []
    assert findings("customer_kind", home(), kinds=["commercialIndustrial"]) == [
        "This tariff is for commercial or industrial customers; you are a residential customer."
    ]


@pytest.mark.parametrize(
    ("watts", "third_party", "is_eligible"),
    [("49999", False, False), ("50000", False, True), ("1", True, True)],
)
def test_alone_one_must_be_large_enough(watts: str, third_party: bool, is_eligible: bool) -> None:
    facts = home(active_power_w=Decimal(watts), third_party=third_party)
    assert (findings("direct_minimum", facts, min_w=50_000) == []) is is_eligible


@pytest.mark.parametrize(
    ("aggregate", "third_party", "is_eligible"),
    [("49999", True, False), ("50000", True, True), (None, True, True), ("1", False, True)],
)
def test_an_aggregation_must_be_large_enough(
    aggregate: str | None, third_party: bool, is_eligible: bool
) -> None:
    facts = home(aggregate_w=aggregate and Decimal(aggregate), third_party=third_party)
    assert (findings("aggregator_minimum", facts, min_w=50_000) == []) is is_eligible
    assert findings("aggregator_minimum", facts, min_w=None) == []


def test_tariffs_that_exclude_and_that_need_each_other() -> None:
    held = home(existing_tariff_codes=frozenset({"A"}))
    assert findings("conflicts_with", held, codes=["A", "B"]) == [
        "This tariff cannot be combined with A, which you already have."
    ]
    assert findings("conflicts_with", home(), codes=["A"]) == []
    assert findings("requires_tariff", held, any_of=["A", "B"]) == []
    assert findings("requires_tariff", home(), any_of=["A", "B"]) == [
        "This tariff is an addition to A or B; your site has none of them."
    ]


@pytest.mark.parametrize(
    ("rule", "params", "fact", "good", "bad"),
    [
        ("fossil_share_at_most", {"share": 0.2}, "fossil_share", Decimal("0.2"), Decimal("0.21")),
        ("requires_import_rate", {"any_of": ["E-ELEC"]}, "import_rate", "E-ELEC", "E-1"),
        (
            "applied_before",
            {"date": "2023-04-15"},
            "applied_on",
            date(2023, 4, 14),
            date(2023, 4, 15),
        ),
        (
            "addition_at_most",
            {"technology": "solar", "max_w": 1000},
            "added_w",
            Decimal(1000),
            Decimal(1001),
        ),
    ],
)
def test_a_rule_about_a_seldom_known_fact(
    rule: str, params: dict[str, object], fact: str, good: object, bad: object
) -> None:
    assert findings(rule, home(), **params) == []
    assert findings(rule, home(**{fact: good}), **params) == []
    assert len(findings(rule, home(**{fact: bad}), **params)) == 1


def test_an_addition_may_be_smaller_in_a_region() -> None:
    params = {"technology": "solar", "max_w": 1000, "max_w_by_region": {"Hawaii Island": 100}}
    facts = home(added_w=Decimal(101), region="Hawaii Island")
    assert findings("addition_at_most", facts, **params) == [
        "This tariff takes additions up to 100 W; yours is 101 W."
    ]


@pytest.mark.parametrize(("enrolled", "is_eligible"), [("2400", True), ("2401", False)])
def test_a_program_is_full(enrolled: str, is_eligible: bool) -> None:
    facts = home(region="Oahu", enrolled_w=Decimal(enrolled))
    found = findings("program_cap", facts, cap_w_by_region={"Oahu": 10_000})
    assert (found == []) is is_eligible
    assert findings("program_cap", home(region="Maui"), cap_w_by_region={"Oahu": 1}) == []


def test_the_mode_of_a_battery() -> None:
    params = {"any_of": ["import only, no export"]}
    battery = {"technologies": frozenset({"storage"}), "battery_mode": "full export"}
    assert len(findings("battery_mode", home(**battery), **params)) == 1
    assert findings("battery_mode", home(battery_mode="full export"), **params) == []


def test_rules_that_only_bind_later_find_nothing() -> None:
    deadlines = [{"apply_by": "04-01", "starts": "05-01"}]
    assert findings("join_deadline", home(), deadlines=deadlines) == []
    assert findings("minimum_term", home(), months=36) == []
    assert findings("requires_listed_equipment", home(), list="the program's list") == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"rule": "no_such"}, "rule 1: there is no rule 'no_such'"),
        ({"rule": "customer_kind", "params": {}}, "(customer_kind): field 'kinds' is missing"),
        ({"rule": "size_between", "params": {"max": 1}}, "field 'max' is unknown"),
        ({"rule": "size_between", "params": {"max_w": float("nan")}}, "'max_w' does not take nan"),
        ({"rule": "size_between", "params": {"max_w": "Infinity"}}, "does not take 'Infinity'"),
        ({"rule": "size_between", "params": {"max_w": True}}, "does not take True"),
        ({"rule": "size_between", "params": {"max_w": -1}}, "does not take -1"),
        ({"rule": "size_between", "params": {"min_w": 2, "max_w": 1}}, "'min_w' (2) is above"),
        ({"rule": "technology_allowed", "params": {"technologies": ["PV"]}}, "has 'PV'; known are"),
        ({"rule": "technology_allowed", "params": {"technologies": []}}, "does not take []"),
        ({"rule": "customer_kind", "params": {"kinds": "residential"}}, "does not take"),
        ({"rule": "applied_before", "params": {"date": "soon"}}, "'date' does not take 'soon'"),
        ({"rule": "fossil_share_at_most", "params": {"share": 2}}, "above 1"),
        ({"rule": "export_limit_between", "params": {"mode": "loose"}}, "has 'loose'"),
        (
            {"rule": "join_deadline", "params": {"deadlines": [{"by": "04-01"}]}},
            "pairs of apply_by",
        ),
        ({"rule": "requires_interval_meter", "params": {"communicating": "yes"}}, "not take 'yes'"),
        ({"rule": "program_cap", "params": {"cap_w_by_region": [1]}}, "does not take [1]"),
    ],
)
def test_an_error_in_the_book_names_tariff_rule_and_field(
    rule: dict[str, object], words: str
) -> None:
    with pytest.raises(RuleError) as error:
        read_rules([rule], tariff="T-1")
    assert str(error.value).startswith("Tariff T-1: rule 1")
    assert words in str(error.value)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1"])
def test_facts_refuse_numbers_that_are_none(value: str) -> None:
    with pytest.raises(ValueError, match="active_power_w must be a finite number"):
        home(active_power_w=Decimal(value))


@given(
    watts=WATTS,
    limit=WATTS,
    kinds=st.frozensets(st.sampled_from(["pv", "storage", "wind", "evse"]), min_size=1),
    certified=st.booleans(),
    metered=st.booleans(),
)
def test_eligible_is_when_no_rule_finds_anything(
    watts: Decimal, limit: Decimal, kinds: frozenset[str], certified: bool, metered: bool
) -> None:
    facts = home(
        active_power_w=watts,
        technologies=kinds,
        all_units_certified=certified,
        has_interval_meter=metered,
    )
    raw: list[dict[str, Any]] = [
        {"rule": "technology_allowed", "params": {"technologies": ["solar", "storage"]}},
        {"rule": "size_between", "params": {"max_w": limit}},
        {"rule": "requires_certified_equipment"},
        {"rule": "requires_interval_meter"},
    ]
    each = [findings_of(read_rules([rule], tariff="T"), facts) for rule in raw]
    assert findings_of(read_rules(raw, tariff="T"), facts) == [f for found in each for f in found]


def test_every_rule_has_params_and_a_check() -> None:
    assert all(hasattr(rule, "Params") and callable(rule.check) for rule in RULES.values())
