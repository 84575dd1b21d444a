"""Forms of the staff: a decision always carries its reason and what its writer had seen."""

from typing import Any

from django import forms

from engineering.selectors import NetworkUpgrade, planned_upgrades
from registry.selectors import Feeder

from ..completeness import TASKS
from ..selectors import ServiceRequest

NEW_UPGRADE = "new"


class DateInput(forms.DateInput):
    """The browser's own date control; ISO on the wire."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(attrs={"class": "dp-w-10"}, format="%Y-%m-%d")


class StaffForm(forms.Form):
    """Our own messages instead of the browser's bubbles."""

    use_required_attribute = False


class ReasonForm(StaffForm):
    """Why somebody decides. ``seen`` names the last change that was on their page."""

    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Give the reason."},
    )
    seen = forms.CharField(max_length=60, widget=forms.HiddenInput)

    def __init__(self, *args: Any, wanted: ServiceRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = wanted


class CompleteForm(ReasonForm):
    """Completeness is confirmed."""

    reason = forms.CharField(
        label="What you checked",
        help_text="Kept in the history and sent to the customer.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what you checked."},
    )


class DeclineForm(ReasonForm):
    """The request ends here."""

    reason = forms.CharField(
        label="Reason for the customer",
        help_text="Sent to the customer word for word.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Give the reason. The customer will read it."},
    )


class CommunicationForm(ReasonForm):
    """Communication with the DER was tried."""

    reason = forms.CharField(
        label="How it was tested",
        help_text="For example: read active power over IEEE 2030.5, 14:05.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say how it was tested."},
    )


class InformationForm(ReasonForm):
    """What the applicant must put right, task by task."""

    reason = forms.CharField(
        label="Message to the customer",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write a sentence to the customer."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label, _ in TASKS:
            self.fields[f"problem_{name}"] = forms.CharField(
                label=f"Problem with “{label}”",
                required=False,
                max_length=500,
                widget=forms.Textarea(attrs={"rows": 1}),
            )

    def clean(self) -> dict[str, Any]:
        """At least one task must have a problem; otherwise there is nothing to ask."""
        data = super().clean() or self.cleaned_data
        if not self.problems():
            self.add_error("problem_site", "Name at least one problem, in the task it is in.")
        return data

    def problems(self) -> dict[str, str]:
        """Task name -> what is wrong with it."""
        found = ((name, self.cleaned_data.get(f"problem_{name}", "")) for name, _, _ in TASKS)
        return {name: problem for name, problem in found if problem}


class HoldForm(ReasonForm):
    """Which upgrade of this feeder the request waits for: a planned one, or a new one."""

    upgrade = forms.ChoiceField(
        label="Waits for",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the upgrade, or plan a new one.",
            "invalid_choice": "That upgrade is not planned any more. Choose another.",
        },
    )
    name = forms.CharField(
        label="Name of the new upgrade",
        max_length=200,
        error_messages={"required": "Name the upgrade."},
    )
    expected_on = forms.DateField(
        label="Expected completion of the new upgrade",
        widget=DateInput,
        error_messages={"required": "Give its date."},
    )
    field_order = ("upgrade", "name", "expected_on", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.planned = {str(upgrade.mrid): upgrade for upgrade in _planned_for(self.wanted)}
        choice: Any = self.fields["upgrade"]
        choice.choices = [
            *(
                (mrid, f"{u.name}, expected {u.expected_on:%b %-d, %Y}")
                for mrid, u in self.planned.items()
            ),
            (NEW_UPGRADE, "A new upgrade, planned now"),
        ]
        if not self.planned:
            choice.initial = NEW_UPGRADE
        if self.is_bound and self.data.get(self.add_prefix("upgrade")) != NEW_UPGRADE:
            self.fields["name"].required = self.fields["expected_on"].required = False

    def chosen(self) -> NetworkUpgrade | None:
        """The planned upgrade that was chosen; None for a new one."""
        return self.planned.get(self.cleaned_data["upgrade"])


def _planned_for(wanted: ServiceRequest) -> list[NetworkUpgrade]:
    connection = getattr(wanted.der and wanted.der.usage_point, "network_connection", None)
    if connection is None:
        return []
    return list(planned_upgrades(connection.transformer.feeder.mrid))


class UpgradeForm(StaffForm):
    """A new network upgrade."""

    name = forms.CharField(
        max_length=200,
        help_text="Customers whose requests are held for it will read this name.",
        error_messages={"required": "Name the upgrade."},
    )
    feeder = forms.ModelChoiceField(
        queryset=Feeder.objects.none(),
        to_field_name="name",
        empty_label="Choose a feeder",
        error_messages={"required": "Choose the feeder."},
    )
    expected_on = forms.DateField(
        label="Expected completion",
        widget=DateInput,
        error_messages={"required": "Give the expected date."},
    )
    cost_estimate = forms.DecimalField(
        label="Cost estimate",
        required=False,
        min_value=0,
        max_value=1_000_000_000,
        decimal_places=2,
        widget=forms.TextInput(attrs={"data-prefix": "$", "class": "dp-w-10"}),
    )
    description = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        feeders: Any = self.fields["feeder"]
        feeders.queryset = Feeder.objects.order_by("name")


class UpgradeDateForm(StaffForm):
    """A new expected date for a planned upgrade."""

    expected_on = forms.DateField(
        label="Expected completion",
        widget=DateInput,
        error_messages={"required": "Give the expected date."},
    )
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Give the reason."},
    )


class UpgradeDoneForm(StaffForm):
    """The day on which an upgrade was completed."""

    completed_on = forms.DateField(
        label="Completed on",
        widget=DateInput,
        error_messages={"required": "Give the date of completion."},
    )
