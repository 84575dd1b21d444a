"""Who the customer is, for whom one applies, and who may act for them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.selectors import Customer, Provider

from ..base import PlainForm


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
