"""Decisions about deliveries: each carries its reason."""

from typing import Any

from django import forms
from django.utils import timezone

from .endpoints import ConsoleForm


class ReasonForm(ConsoleForm):
    """Why somebody decides."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        help_text="Kept in the endpoint's history.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Give the reason."},
    )


class SinceForm(ConsoleForm):
    """Since when failed messages are sent again, in the utility's time."""

    since = forms.DateTimeField(
        label="Failed messages created since",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": "dp-w-20"}, format="%Y-%m-%dT%H:%M"
        ),
        error_messages={
            "required": "Enter a date and a time.",
            "invalid": "Enter a date and a time, such as 2026-11-24 16:30.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = timezone.localtime().strftime("%Z")
        self.fields["since"].help_text = f"Time zone: {zone}."


class RecoverForm(ReasonForm, SinceForm):
    """Both, once the person has seen how many messages it is about."""

    since = forms.DateTimeField(widget=forms.HiddenInput)
    field_order = ("since", "reason")
