"""What an applicant is asked. Rules of the nameplate come from the registry, named by field."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers.selectors import Customer, Provider, UsagePoint
from registry.selectors import BOUNDS, DerUnit, Equipment

from .base import DateInput, PlainForm

PROTOCOLS = (
    ("", _("None")),
    ("IEEE 2030.5", "IEEE 2030.5"),
    ("CSIP-AUS", "IEEE 2030.5, CSIP-AUS"),
    ("SunSpec Modbus", "SunSpec Modbus"),
    ("DNP3", "DNP3"),
)
EXPORTS = (
    ("full", _("Yes, everything that is not used on site")),
    ("limited", _("Yes, up to a limit")),
    ("none", _("No, nothing is exported")),
)
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
        max_digits=14,
        decimal_places=3,
        widget=forms.TextInput(
            attrs={"inputmode": "decimal", "data-unit": bounds.unit, "class": "dp-w-6"}
        ),
        error_messages={
            "required": f"Enter the {bounds.label.lower()} in {bounds.unit}.",
            "invalid": f"{bounds.label} must be a number{unit and ' in' + unit}.",
            "min_value": f"{between}{unit}.",
            "max_value": f"{between}{unit}.",
            "max_digits": f"{between}{unit}.",
            "max_whole_digits": f"{between}{unit}.",
            "max_decimal_places": f"{bounds.label} can have at most 3 decimal places.",
        },
    )


class RegisterForm(PlainForm):
    """Who the customer is."""

    name = forms.CharField(
        label=_("Full name, or name of the business"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your full name, or the name of your business.")},
    )
    phone = forms.CharField(
        label=_("Telephone number"),
        max_length=40,
        help_text=_("So that our crew can reach you before a visit."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "class": "dp-w-20"}),
        error_messages={"required": _("Enter a telephone number.")},
    )
    kind = forms.ChoiceField(
        label=_("You are"),
        choices=Customer.Kind.choices,
        initial=Customer.Kind.RESIDENTIAL,
        widget=forms.RadioSelect,
    )


class LinkAccountForm(PlainForm):
    """The two numbers on the bill."""

    account_number = forms.CharField(
        label=_("Account number"),
        max_length=40,
        help_text=_("At the top right of your bill, for example AC-00012."),
        widget=forms.TextInput(attrs={"class": "dp-w-10", "autocomplete": "off"}),
        error_messages={"required": _("Enter the account number of your bill.")},
    )
    usage_point_name = forms.CharField(
        label=_("Service point"),
        max_length=60,
        help_text=_("Under “Where you are served”, for example SP-00012."),
        widget=forms.TextInput(attrs={"class": "dp-w-10", "autocomplete": "off"}),
        error_messages={"required": _("Enter the service point of your bill.")},
    )


class StartForm(PlainForm):
    """For whom an application is started. The key makes a double press one draft."""

    start_key = forms.UUIDField(widget=forms.HiddenInput)
    customer = forms.ModelChoiceField(
        label=_("Customer"),
        queryset=Customer.objects.none(),
        empty_label=None,
        error_messages={
            "required": _("Choose the customer you apply for."),
            "invalid_choice": _("Choose a customer who gave you consent."),
        },
    )

    def __init__(self, *args: Any, customers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer"].queryset = customers  # type: ignore[attr-defined]


class SiteForm(PlainForm):
    """One of the customer's own service points."""

    usage_point = forms.ChoiceField(
        label=_("Where will it be connected?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose the service point."),
            "invalid_choice": _("Choose one of your own service points."),
        },
    )

    def __init__(self, *args: Any, points: Iterable[UsagePoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.points = {str(point.mrid): point for point in points}
        choices = [(key, f"{point.service_location}") for key, point in self.points.items()]
        self.fields["usage_point"].choices = choices  # type: ignore[attr-defined]

    def clean_usage_point(self) -> UsagePoint:
        """The service point itself."""
        return self.points[self.cleaned_data["usage_point"]]


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


class OperationForm(PlainForm):
    """Export, communication, third party, and when."""

    export = forms.ChoiceField(
        label=_("Will it export to the network?"),
        choices=EXPORTS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether it will export to the network.")},
    )
    export_limit_kw = forms.DecimalField(
        label=_("Export limit"),
        required=False,
        min_value=Decimal("0.001"),
        max_value=Decimal(100_000),
        max_digits=9,
        decimal_places=3,
        help_text=_("Only when it exports up to a limit. The inverter or meter must keep it."),
        widget=forms.TextInput(
            attrs={"inputmode": "decimal", "data-unit": "kW", "class": "dp-w-6"}
        ),
        error_messages={
            "invalid": _("The export limit must be a number in kW, for example 5 or 7.5."),
            "min_value": _("The export limit must be above 0 kW."),
            "max_value": _("The export limit must be at most 100,000 kW."),
            "max_digits": _("The export limit must be at most 100,000 kW."),
            "max_whole_digits": _("The export limit must be at most 100,000 kW."),
            "max_decimal_places": _("The export limit can have at most 3 decimal places."),
        },
    )
    communication_protocol = forms.ChoiceField(
        label=_("How can the system be reached for control and measurement?"),
        choices=PROTOCOLS,
        required=False,
        help_text=_("Some tariffs need it. The manual of the inverter says what it speaks."),
        widget=forms.RadioSelect,
    )
    provider = forms.ModelChoiceField(
        label=_("Third-party provider"),
        queryset=Provider.objects.none(),
        required=False,
        empty_label=_("None"),
        help_text=_("A company that will control the system for you, often called an aggregator."),
    )
    wanted_on = forms.DateField(
        label=_("From when should it operate?"),
        widget=DateInput,
        error_messages={
            "required": _("Enter the date from which it should operate."),
            "invalid": _("Enter a real date, for example 2027-03-01."),
        },
    )
    notes = forms.CharField(
        label=_("Anything our engineers should know?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, providers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = providers  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A limit is needed exactly when it exports up to one."""
        data: dict[str, Any] = super().clean() or {}
        is_unsaid = data.get("export_limit_kw") is None and "export_limit_kw" not in self.errors
        if data.get("export") == "limited" and is_unsaid:
            self.add_error("export_limit_kw", _("Enter the export limit in kW."))
        return data

    @property
    def export_limit_w(self) -> Decimal | None:
        """None is no limit; 0 W is no export at all."""
        export = self.cleaned_data["export"]
        if export == "limited":
            return Decimal(self.cleaned_data["export_limit_kw"]) * 1000
        return Decimal(0) if export == "none" else None


class DiagramForm(PlainForm):
    """The one-line diagram. Its content is checked by the service."""

    file = forms.FileField(
        label=_("One-line diagram"),
        help_text=_("PDF with up to 20 pages, PNG or JPEG; up to 10 MB."),
        widget=forms.FileInput(
            attrs={"accept": ".pdf,.png,.jpg,.jpeg", "data-preview": True, "data-max-mb": "10"}
        ),
        error_messages={
            "required": _("Choose the file with the one-line diagram."),
            "empty": _("The file is empty."),
            "missing": _("Choose the file with the one-line diagram."),
        },
    )


class AcceptForm(PlainForm):
    """Name and tick under an exact text. The hash says which text was on the page."""

    text_sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    name = forms.CharField(
        label=_("Type your full name"),
        max_length=200,
        help_text=_("This is your signature."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Type your full name.")},
    )
    is_accepted = forms.BooleanField(
        label=_("I have read these terms and I accept them."),
        error_messages={"required": _("Tick that you have read the terms and accept them.")},
    )


class AnswerForm(PlainForm):
    """What the applicant says when sending the application back."""

    answer = forms.CharField(
        label=_("Your answer"),
        required=False,
        max_length=2000,
        help_text=_("Say what you changed, if it helps."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class WithdrawForm(PlainForm):
    """Why the applicant gives up; no reason is needed."""

    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class InstalledForm(PlainForm):
    """The system is ready for the visit."""

    note = forms.CharField(
        label=_("For our crew"),
        required=False,
        max_length=1000,
        help_text=_("For example how to reach the meter, or when somebody is at home."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_ready = forms.BooleanField(
        label=_("The system is installed as described in the application, and switched off."),
        error_messages={"required": _("Tick that the system is installed and switched off.")},
    )


class ConsentForm(PlainForm):
    """Who may act for the customer."""

    provider = forms.ModelChoiceField(
        label=_("Company"),
        queryset=Provider.objects.none(),
        empty_label=_("Choose"),
        error_messages={
            "required": _("Choose the company."),
            "invalid_choice": _("Choose a company of the list."),
        },
    )
    may_accept_agreements = forms.BooleanField(
        label=_("They may also accept tariffs and sign agreements for me"),
        required=False,
        help_text=_("Without this you accept and sign yourself."),
    )

    def __init__(self, *args: Any, providers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = providers  # type: ignore[attr-defined]
