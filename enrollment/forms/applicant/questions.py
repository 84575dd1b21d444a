"""The other questions of an application: site, operation, diagram."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers.selectors import Provider, UsagePoint
from registry.selectors import CommunicationProtocol

from ..base import DateInput, PlainForm

PROTOCOLS = (("none", _("It cannot be reached")), *CommunicationProtocol.choices)


EXPORTS = (
    ("full", _("Yes, everything that is not used on site")),
    ("limited", _("Yes, up to a limit")),
    ("none", _("No, nothing is exported")),
)


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
        decimal_places=3,
        help_text=_("Only when it exports up to a limit. The inverter or meter must keep it."),
        widget=forms.TextInput(
            attrs={"inputmode": "decimal", "data-unit": "kW", "class": "dp-w-6"}
        ),
        error_messages={
            "invalid": _("The export limit must be a number in kW, for example 5 or 7.5."),
            "min_value": _("The export limit must be above 0 kW."),
            "max_value": _("The export limit must be at most 100,000 kW."),
            "max_decimal_places": _("The export limit can have at most 3 decimal places."),
        },
    )
    communication_protocol = forms.ChoiceField(
        label=_("How can the system be reached for control and measurement?"),
        choices=PROTOCOLS,
        help_text=_("Some tariffs need it. The manual of the inverter says what it speaks."),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how the system can be reached.")},
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

    def __init__(self, *args: Any, providers: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["provider"].queryset = providers  # type: ignore[attr-defined]

    def clean_communication_protocol(self) -> str:
        """Nothing is stored for a system that cannot be reached."""
        chosen: str = self.cleaned_data["communication_protocol"]
        return "" if chosen == "none" else chosen

    def clean_wanted_on(self) -> date:
        """Not a day that has passed, nor one that nobody can plan for."""
        wanted: date = self.cleaned_data["wanted_on"]
        if not self.today <= wanted <= self.today + timedelta(days=5 * 366):
            raise ValidationError(_("The date must be today or later, within five years."))
        return wanted

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
