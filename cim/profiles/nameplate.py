"""Our DERNamePlate: IEEE 1547-2018 clause 10.3 names, with their IEEE 2030.5 counterparts.

IEC 61968-5 names a DERNamePlate class but its attributes are not public, so this one is ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from cim import errors
from cim.elements import MessageRefused, add, child, read_number, write_number


@dataclass(frozen=True, slots=True)
class Rating:
    """One number of the nameplate: our field, element, unit ("" for a ratio), 2030.5 name."""

    field: str
    element: str
    unit: str
    ieee_2030_5: str


RATINGS = (
    Rating("active_power_max_rating_w", "activePowerMaxRating", "W", "rtgMaxW"),
    Rating("apparent_power_max_rating_va", "apparentPowerMaxRating", "VA", "rtgMaxVA"),
    Rating(
        "reactive_power_injected_max_rating_var",
        "reactivePowerInjectedMaxRating",
        "var",
        "rtgMaxVar",
    ),
    Rating(
        "reactive_power_absorbed_max_rating_var",
        "reactivePowerAbsorbedMaxRating",
        "var",
        "rtgMaxVarNeg",
    ),
    Rating(
        "active_power_over_excited_rating_w",
        "activePowerOverExcitedRating",
        "W",
        "rtgOverExcitedW",
    ),
    Rating("over_excited_power_factor", "overExcitedPowerFactor", "", "rtgOverExcitedPF"),
    Rating(
        "active_power_under_excited_rating_w",
        "activePowerUnderExcitedRating",
        "W",
        "rtgUnderExcitedW",
    ),
    Rating("under_excited_power_factor", "underExcitedPowerFactor", "", "rtgUnderExcitedPF"),
    Rating(
        "apparent_power_charge_max_rating_va",
        "apparentPowerChargeMaxRating",
        "VA",
        "rtgMaxChargeRateVA",
    ),
    Rating(
        "active_power_charge_max_rating_w",
        "activePowerChargeMaxRating",
        "W",
        "rtgMaxChargeRateW",
    ),
    Rating("ac_voltage_nominal_rating_v", "acVoltageNominalRating", "V", "rtgVNom"),
    Rating("ac_voltage_maximum_rating_v", "acVoltageMaximumRating", "V", "rtgMaxV"),
    Rating("ac_voltage_minimum_rating_v", "acVoltageMinimumRating", "V", "rtgMinV"),
    Rating("energy_capacity_wh", "energyCapacity", "Wh", "rtgMaxWh"),
)


def write_quantity(parent: etree._Element, name: str, number: Decimal | None, unit: str) -> None:
    """A number with its unit beside it; None is left out."""
    if number is not None:
        element = add(parent, name, write_number(number))
        if unit:
            element.set("unit", unit)


def read_quantity(parent: etree._Element, name: str, unit: str) -> Decimal | None:
    """The number, None if absent. Raises MessageRefused for another unit or no number."""
    element = child(parent, name)
    if element is None:
        return None
    written = element.get("unit", "")
    if written != unit:
        raise MessageRefused(errors.INVALID, f"{name} in {written[:10]!r}, expected {unit!r}")
    return read_number(element.text or "")


def write_ratings(parent: etree._Element, ratings: Mapping[str, Decimal | None]) -> None:
    """``ratings`` by field name, units as in :data:`RATINGS`."""
    for rating in RATINGS:
        write_quantity(parent, rating.element, ratings[rating.field], rating.unit)


def read_ratings(parent: etree._Element) -> dict[str, Decimal | None]:
    return {rating.field: read_quantity(parent, rating.element, rating.unit) for rating in RATINGS}
