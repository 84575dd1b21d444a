"""SR3: a nameplate that cannot be is refused by name, and nothing of it is kept."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from customers.selectors import usage_points_named
from registry.selectors import BOUNDS, NAMEPLATE_FIELDS, Der, DerUnit, search_equipment, totals_of
from registry.services import add_unit, change_unit, propose_der, remove_unit, set_operation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_data")]
INVERTER = {
    "kind": "pv",
    "manufacturer": "Sunline",
    "model": "SL-5000",
    "active_power_max_rating_w": Decimal(5_000),
}
BATTERY = {**INVERTER, "kind": "storage", "energy_capacity_wh": Decimal(13_500)}


@pytest.fixture
def der() -> Der:
    """A DER that somebody begins to describe."""
    return propose_der(usage_point=usage_points_named(["SP-00012"])["SP-00012"])


def refused(der: Der, **fields: Any) -> dict[str, list[str]]:
    """What the service says to these fields, by field."""
    with pytest.raises(ValidationError) as error:
        add_unit(der=der, **fields)
    assert not der.units.exists()
    return error.value.message_dict


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity", "-1", "1e12"])
def test_an_impossible_number_is_refused_by_its_name(der: Der, name: str, number: str) -> None:
    assert name in refused(der, **{**BATTERY, name: Decimal(number)})


@pytest.mark.parametrize("name", BOUNDS)
def test_the_bounds_themselves_are_named_when_they_are_left(der: Der, name: str) -> None:
    bounds = BOUNDS[name]
    for number in (bounds.low - Decimal("0.001"), bounds.high + Decimal("0.001")):
        assert name in refused(der, **{**BATTERY, name: number})


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("apparent_power_max_rating_va", {"apparent_power_max_rating_va": Decimal(4_999)}),
        (
            "active_power_over_excited_rating_w",
            {
                "apparent_power_max_rating_va": Decimal(5_000),
                "active_power_over_excited_rating_w": Decimal(5_000),
                "over_excited_power_factor": Decimal("0.9"),
            },
        ),
        (
            "ac_voltage_minimum_rating_v",
            {
                "ac_voltage_nominal_rating_v": Decimal(240),
                "ac_voltage_minimum_rating_v": Decimal(240),
            },
        ),
        (
            "ac_voltage_maximum_rating_v",
            {
                "ac_voltage_nominal_rating_v": Decimal(240),
                "ac_voltage_maximum_rating_v": Decimal(239),
            },
        ),
        ("energy_capacity_wh", {"kind": "storage"}),
        ("energy_capacity_wh", {"kind": "pv_storage"}),
        ("energy_capacity_wh", {"energy_capacity_wh": Decimal(10_000)}),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(
    der: Der, field: str, given: dict[str, Any]
) -> None:
    assert field in refused(der, **{**INVERTER, **given})


def test_a_certified_model_fills_the_nameplate(der: Der) -> None:
    listed = search_equipment("ABB MICRO-0.25")[0]
    unit = add_unit(der=der, equipment=listed, kind="pv", quantity=10)

    assert unit.is_certified
    assert (unit.manufacturer, unit.model) == (listed.manufacturer, listed.model)
    for name in NAMEPLATE_FIELDS:
        assert getattr(unit, name) == getattr(listed, name)


def test_free_entry_is_possible_and_not_certified(der: Der) -> None:
    unit = add_unit(der=der, **INVERTER)
    assert not unit.is_certified
    assert unit.equipment is None


def test_several_units_of_one_der_add_up(der: Der) -> None:
    add_unit(der=der, **{**INVERTER, "quantity": 3})
    add_unit(der=der, **BATTERY)
    totals = totals_of(der)
    assert totals.active_power_w == 20_000
    assert totals.energy_capacity_wh == 13_500
    assert totals.technologies == {"pv", "storage"}
    assert not totals.all_certified


def test_an_addition_is_another_der_behind_the_same_point(der: Der) -> None:
    addition = propose_der(usage_point=der.usage_point)
    assert addition.pk != der.pk
    assert der.usage_point.ders.count() == 2


def test_a_change_obeys_the_same_rules_and_leaves_the_old_when_refused(der: Der) -> None:
    unit = add_unit(der=der, **INVERTER)
    with pytest.raises(ValidationError):
        change_unit(unit=unit, **{**INVERTER, "active_power_max_rating_w": Decimal("NaN")})
    assert DerUnit.objects.get(pk=unit.pk).active_power_max_rating_w == 5_000


@pytest.mark.parametrize("limit", ["NaN", "-1", "Infinity", "1e12"])
def test_an_impossible_export_limit_is_refused(der: Der, limit: str) -> None:
    with pytest.raises(ValidationError):
        set_operation(
            der=der,
            export_limit_w=Decimal(limit),
            communication_protocol="",
            provider=None,
        )
    assert Der.objects.get(pk=der.pk).export_limit_w is None


def test_a_der_that_is_no_longer_proposed_keeps_its_units(der: Der) -> None:
    unit = add_unit(der=der, **INVERTER)
    Der.objects.filter(pk=der.pk).update(state="canceled")
    for act in (
        lambda: add_unit(der=der, **INVERTER),
        lambda: change_unit(unit=unit, **BATTERY),
        lambda: remove_unit(unit=unit),
    ):
        with pytest.raises(ValidationError, match="can no longer be changed"):
            act()
    assert der.units.get().kind == "pv"
