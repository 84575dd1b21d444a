"""What an applicant does after filling in: accept, answer, report, withdraw."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..base import PlainForm


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
