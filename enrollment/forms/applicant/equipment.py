"""The nameplate of a unit. Its rules come from the registry, named by field."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from registry.selectors import BOUNDS, DerUnit, Equipment

from ..base import MAX_SERIAL_NUMBERS, PlainForm

GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        _("Apparent and reactive power"),
        (
            "apparent_power_max_rating_va",
            "reactive_power_injected_max_rating_var",
            "reactive_power_absorbed_max_rating_var",
        ),
    ),
    (
        _("Power factor"),
        (
            "active_power_over_excited_rating_w",
            "over_excited_power_factor",
            "active_power_under_excited_rating_w",
            "under_excited_power_factor",
        ),
    ),
    (
        _("Charging"),
        ("active_power_charge_max_rating_w", "apparent_power_charge_max_rating_va"),
    ),
    (
        _("Voltage"),
        (
            "ac_voltage_nominal_rating_v",
            "ac_voltage_minimum_rating_v",
            "ac_voltage_maximum_rating_v",
        ),
    ),
    (
        _("IEEE 1547 categories"),
        ("normal_operating_performance_category", "abnormal_operating_performance_category"),
    ),
    (_("Serial numbers and firmware"), ("serial_numbers", "firmware_version")),
)


ADVANCED = frozenset(name for _title, names in GROUPS for name in names)


def _number(value: Decimal) -> str:
    return f"{value.normalize():,f}"


def rating_field(name: str, *, required: bool = False) -> forms.DecimalField:
    """A nameplate number with its unit, its bounds, and its name in every error."""
    bounds = BOUNDS[name]
    unit = f" {bounds.unit}" if bounds.unit else ""
    between = f"{bounds.label} must be between {_number(bounds.low)} and {_number(bounds.high)}"
    return forms.DecimalField(
        label=bounds.label,
        required=required,
        min_value=bounds.low,
        max_value=bounds.high,
        decimal_places=3,
        widget=forms.TextInput(
            attrs={"inputmode": "decimal", "data-unit": bounds.unit, "class": "dp-w-6"}
        ),
        error_messages={
            "required": f"Enter the {bounds.label.lower()} in {bounds.unit}.",
            "invalid": f"{bounds.label} must be a number{unit and ' in' + unit}.",
            "min_value": f"{between}{unit}.",
            "max_value": f"{between}{unit}.",
            "max_decimal_places": f"{bounds.label} can have at most 3 decimal places.",
        },
    )


class EquipmentForm(PlainForm):
    """One kind of equipment with its nameplate. A certified model keeps its listed ratings."""

    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=[("", _("Choose")), *DerUnit.Kind.choices],
        error_messages={"required": _("Choose what it is.")},
    )
    equipment = forms.IntegerField(widget=forms.HiddenInput, required=False)
    manufacturer = forms.CharField(
        label=_("Manufacturer"),
        max_length=120,
        error_messages={"required": _("Enter the manufacturer.")},
    )
    model = forms.CharField(
        label=_("Model"), max_length=160, error_messages={"required": _("Enter the model.")}
    )
    quantity = forms.IntegerField(
        label=_("How many?"),
        initial=1,
        min_value=1,
        max_value=1000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "dp-w-4"}),
        error_messages={
            "required": _("Enter how many there are."),
            "invalid": _("How many there are must be a whole number."),
            "min_value": _("There must be at least 1."),
            "max_value": _("There can be at most 1,000."),
        },
    )
    serial_numbers = forms.CharField(
        label=_("Serial numbers"),
        required=False,
        max_length=MAX_SERIAL_NUMBERS,
        help_text=_("One on each line. Leave it empty when it is not bought yet."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    firmware_version = forms.CharField(label=_("Firmware version"), required=False, max_length=60)
    normal_operating_performance_category = forms.ChoiceField(
        label=_("Normal operating performance category"),
        required=False,
        choices=[("", _("I do not know")), *DerUnit.NormalCategory.choices],
    )
    abnormal_operating_performance_category = forms.ChoiceField(
        label=_("Abnormal operating performance category"),
        required=False,
        choices=[("", _("I do not know")), *DerUnit.AbnormalCategory.choices],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in BOUNDS:
            self.fields[name] = rating_field(name, required=name == "active_power_max_rating_w")
        self.fields["energy_capacity_wh"].help_text = _("Only for batteries.")
        self.fields["active_power_max_rating_w"].help_text = _("Of one piece, on the AC side.")

    def clean_equipment(self) -> Equipment | None:
        """The certified model that was picked, or None for free entry."""
        key = self.cleaned_data["equipment"]
        if key is None:
            return None
        found = Equipment.objects.filter(pk=key).first()
        if found is None:
            raise ValidationError(_("This model is no longer on the certified list."))
        return found

    @property
    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The fields of the details section, under their headings."""
        return [(title, [self[name] for name in names]) for title, names in GROUPS]

    @property
    def is_advanced_open(self) -> bool:
        """Whether the details hold an error that must be seen."""
        return bool(ADVANCED & set(self.errors)) if self.is_bound else False
