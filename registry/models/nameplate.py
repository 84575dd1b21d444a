"""Nameplate ratings, named after IEEE 1547-2018 clause 10.3."""

from dataclasses import dataclass
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q


@dataclass(frozen=True)
class Bounds:
    """What a nameplate number may be: its label, unit, and inclusive limits."""

    label: str
    unit: str
    low: Decimal
    high: Decimal


def _bounds(label: str, unit: str, low: str, high: str) -> Bounds:
    return Bounds(label, unit, Decimal(low), Decimal(high))


BOUNDS: dict[str, Bounds] = {
    "active_power_max_rating_w": _bounds("Maximum active power", "W", "1", "100000000"),
    "apparent_power_max_rating_va": _bounds("Maximum apparent power", "VA", "1", "120000000"),
    "reactive_power_injected_max_rating_var": _bounds(
        "Maximum reactive power injected", "var", "0", "120000000"
    ),
    "reactive_power_absorbed_max_rating_var": _bounds(
        "Maximum reactive power absorbed", "var", "0", "120000000"
    ),
    "active_power_over_excited_rating_w": _bounds(
        "Active power at over-excited power factor", "W", "1", "100000000"
    ),
    "over_excited_power_factor": _bounds("Over-excited power factor", "", "0.1", "1"),
    "active_power_under_excited_rating_w": _bounds(
        "Active power at under-excited power factor", "W", "1", "100000000"
    ),
    "under_excited_power_factor": _bounds("Under-excited power factor", "", "0.1", "1"),
    "active_power_charge_max_rating_w": _bounds(
        "Maximum charging active power", "W", "1", "100000000"
    ),
    "apparent_power_charge_max_rating_va": _bounds(
        "Maximum charging apparent power", "VA", "1", "120000000"
    ),
    "ac_voltage_nominal_rating_v": _bounds("Nominal AC voltage", "V", "1", "500000"),
    "ac_voltage_maximum_rating_v": _bounds("Maximum AC voltage", "V", "1", "600000"),
    "ac_voltage_minimum_rating_v": _bounds("Minimum AC voltage", "V", "1", "500000"),
    "energy_capacity_wh": _bounds("Usable energy", "Wh", "1", "1000000000"),
}
NAMEPLATE_FIELDS = (
    *BOUNDS,
    "normal_operating_performance_category",
    "abnormal_operating_performance_category",
)


def rating(name: str, *, null: bool = True) -> "models.DecimalField[Decimal, Decimal]":
    """A nameplate column with its bounds as validators; the CHECK is nameplate_checks()."""
    bounds = BOUNDS[name]
    label = f"{bounds.label} ({bounds.unit})" if bounds.unit else bounds.label
    return models.DecimalField(
        label,
        max_digits=14,
        decimal_places=3,
        null=null,
        blank=null,
        validators=[MinValueValidator(bounds.low), MaxValueValidator(bounds.high)],
    )


def nameplate_checks(prefix: str) -> list[models.CheckConstraint]:
    """One CHECK per number. BETWEEN, because 'NaN' > 0 is true in PostgreSQL."""
    return [
        models.CheckConstraint(
            condition=Q(**{f"{name}__isnull": True})
            | Q(**{f"{name}__range": (bounds.low, bounds.high)}),
            name=f"{prefix}_{name}_bounds"[:63],
        )
        for name, bounds in BOUNDS.items()
    ]


class Nameplate(models.Model):
    """Ratings as on the nameplate, never adjusted settings. Unknown is null, never 0."""

    class NormalCategory(models.TextChoices):
        A = "A", "Category A"
        B = "B", "Category B"

    class AbnormalCategory(models.TextChoices):
        I = "I", "Category I"  # noqa: E741
        II = "II", "Category II"
        III = "III", "Category III"

    active_power_max_rating_w = rating("active_power_max_rating_w", null=False)
    apparent_power_max_rating_va = rating("apparent_power_max_rating_va")
    reactive_power_injected_max_rating_var = rating("reactive_power_injected_max_rating_var")
    reactive_power_absorbed_max_rating_var = rating("reactive_power_absorbed_max_rating_var")
    active_power_over_excited_rating_w = rating("active_power_over_excited_rating_w")
    over_excited_power_factor = rating("over_excited_power_factor")
    active_power_under_excited_rating_w = rating("active_power_under_excited_rating_w")
    under_excited_power_factor = rating("under_excited_power_factor")
    active_power_charge_max_rating_w = rating("active_power_charge_max_rating_w")
    apparent_power_charge_max_rating_va = rating("apparent_power_charge_max_rating_va")
    ac_voltage_nominal_rating_v = rating("ac_voltage_nominal_rating_v")
    ac_voltage_maximum_rating_v = rating("ac_voltage_maximum_rating_v")
    ac_voltage_minimum_rating_v = rating("ac_voltage_minimum_rating_v")
    energy_capacity_wh = rating("energy_capacity_wh")
    normal_operating_performance_category = models.CharField(
        "normal operating performance category",
        max_length=1,
        blank=True,
        choices=NormalCategory.choices,
    )
    abnormal_operating_performance_category = models.CharField(
        "abnormal operating performance category",
        max_length=3,
        blank=True,
        choices=AbnormalCategory.choices,
    )

    class Meta:
        abstract = True
