"""How messages go to an endpoint, and who we are there."""

from datetime import datetime
from typing import Any

from django import forms

from .. import services
from ..selectors import Endpoint
from .acts import ReasonForm
from .endpoints import AddressForm

PEM = forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "class": "font-monospace"})
_SECRET = {"autocomplete": "off", "spellcheck": "false", "class": "font-monospace"}


class SettingsForm(ReasonForm, AddressForm):
    """Everything that change_settings() takes; what waits is sent the new way."""

    format = forms.ChoiceField(
        choices=Endpoint.Format.choices,
        widget=forms.RadioSelect,
        help_text="CIM XML is the IEC 61968-100 message. A notice says in JSON what changed; any "
        "2xx answers it.",
    )
    transport = forms.ChoiceField(
        label="Binding", choices=Endpoint.Transport.choices, widget=forms.RadioSelect
    )
    edition = forms.TypedChoiceField(
        label="Edition of IEC 61968-100",
        choices=Endpoint.Edition.choices,
        coerce=int,
        help_text="How the envelope is written.",
    )
    namespace_year = forms.IntegerField(
        label="Year in the iec.ch namespaces",
        required=False,
        min_value=2000,
        max_value=2099,
        help_text="Only if your schemas are of another year than ours.",
        widget=forms.NumberInput(attrs={"class": "dp-w-6"}),
    )
    is_typed = forms.BooleanField(
        label="Typed messages",
        required=False,
        help_text="CreatedEndDeviceConfig instead of the generic EventMessage.",
    )
    takes_requests = forms.BooleanField(
        label="Asked for work",
        required=False,
        help_text="create, change, cancel and close, each with an answer, instead of the events "
        "created, changed, canceled and closed.",
    )
    is_strict = forms.BooleanField(
        label="Strict",
        required=False,
        help_text="Only answers that are valid against the schema count.",
    )
    after_failure = forms.ChoiceField(
        label="When a message fails for good",
        choices=Endpoint.AfterFailure.choices,
        widget=forms.RadioSelect,
    )
    retry_profile = forms.ChoiceField(
        label="New attempts", choices=Endpoint.RetryProfile.choices, widget=forms.RadioSelect
    )
    messages_per_second = forms.IntegerField(
        label="Most messages in a second",
        required=False,
        min_value=1,
        max_value=10_000,
        widget=forms.NumberInput(attrs={"class": "dp-w-6"}),
    )
    concurrency = forms.IntegerField(
        label="Messages at the same time",
        min_value=1,
        max_value=64,
        widget=forms.NumberInput(attrs={"class": "dp-w-6"}),
    )
    field_order = ("url", "format", "transport")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = self.fields.pop("reason")


class AuthenticationForm(ReasonForm):
    """Who we are at the endpoint. Secrets are written here and never shown again."""

    kind = forms.ChoiceField(
        label="Beside the signature, messages carry",
        choices=Endpoint.Authentication.choices,
        widget=forms.RadioSelect,
    )
    token = forms.CharField(
        label="Bearer token",
        required=False,
        help_text="For: bearer token.",
        widget=forms.TextInput(attrs=_SECRET),
    )
    token_url = forms.CharField(
        label="Token URL",
        required=False,
        help_text="For: OAuth 2.0. Where we fetch tokens.",
        widget=forms.TextInput(attrs={"inputmode": "url", **_SECRET}),
    )
    client_id = forms.CharField(label="Client ID", required=False, help_text="For: OAuth 2.0.")
    client_secret = forms.CharField(
        label="Client secret",
        required=False,
        help_text="For: OAuth 2.0.",
        widget=forms.TextInput(attrs=_SECRET),
    )
    scope = forms.CharField(label="Scope", required=False, help_text="For: OAuth 2.0.")
    certificate = forms.CharField(
        label="Client certificate",
        required=False,
        help_text="For: mutual TLS. PEM, with its chain.",
        widget=PEM,
    )
    key = forms.CharField(
        label="Private key",
        required=False,
        help_text="For: mutual TLS. PEM, without a password.",
        widget=PEM,
    )
    field_order = ("kind",)
    needed = {
        "signature": (),
        "bearer": ("token",),
        "oauth2": ("token_url", "client_id", "client_secret"),
        "mutual_tls": ("certificate", "key"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = self.fields.pop("reason")

    def clean(self) -> dict[str, Any]:
        """What the chosen kind needs, at its field."""
        data = super().clean() or self.cleaned_data
        for name in self.needed.get(data.get("kind", ""), ()):
            if not data.get(name):
                self.add_error(name, f"Enter: {str(self.fields[name].label).lower()}.")
        return data

    def apply(self, *, endpoint: Endpoint, by: Any, at: datetime) -> None:
        """The one service of the chosen kind. Raises EndpointRefused and DecisionRefused."""
        data = self.cleaned_data
        decided = {"endpoint": endpoint, "by": by, "at": at, "reason": data["reason"]}
        if data["kind"] == Endpoint.Authentication.BEARER:
            services.use_bearer_token(token=data["token"], **decided)
        elif data["kind"] == Endpoint.Authentication.OAUTH2:
            names = ("token_url", "client_id", "client_secret", "scope")
            client = services.OAuthClient(*(data[name] for name in names))
            services.use_oauth_client(client=client, **decided)
        elif data["kind"] == Endpoint.Authentication.MUTUAL_TLS:
            services.use_client_certificate(
                certificate=data["certificate"], key=data["key"], **decided
            )
        else:
            services.use_signature_only(**decided)


class ServerCertificateForm(ReasonForm):
    """Which server we accept, when it is not known to the system's authorities."""

    certificate = forms.CharField(
        label="Server certificate or its authority",
        required=False,
        help_text="PEM. Empty: the authorities that every system knows.",
        widget=PEM,
    )
    field_order = ("certificate", "reason")
