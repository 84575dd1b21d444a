"""A new endpoint, and what of it may be changed later."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from ..selectors import Endpoint
from ..services import EndpointRefused, checked_url

Kind = Endpoint.Kind
_URL_HELP = (
    "Where your DERMS listens. Messages are sent there by POST. The address must be public and use "
    "TLS, unless the utility allows its own network."
)


class ConsoleForm(forms.Form):
    """Our own messages instead of the browser's bubbles."""

    use_required_attribute = False


class AddressForm(ConsoleForm):
    """Where an endpoint listens."""

    url = forms.CharField(
        label="Address (URL)",
        max_length=500,
        help_text=_URL_HELP,
        widget=forms.TextInput(
            attrs={
                "inputmode": "url",
                "autocomplete": "off",
                "spellcheck": "false",
                "class": "font-monospace",
            }
        ),
        error_messages={"required": "Enter the address, beginning with https://."},
    )

    def clean_url(self) -> str:
        """The guard's finding, at the field."""
        url: str = self.cleaned_data["url"]
        try:
            return checked_url(url)
        except EndpointRefused as refused:
            raise ValidationError(refused.messages) from refused


class ThirdPartyEndpointForm(AddressForm):
    """What an integrator says about an endpoint; the owner is the integrator's company."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        help_text="How the endpoint is called in the message log, such as GridPool DERMS test.",
        error_messages={"required": "Enter a name for the endpoint."},
    )
    field_order: tuple[str, ...] = ("name", "url")

    def facts(self, *, owner_mrid: UUID | None) -> dict[str, Any]:
        """What the service needs."""
        data = self.cleaned_data
        kind = Kind.THIRD_PARTY_DERMS
        return {"name": data["name"], "url": data["url"], "kind": kind, "owner_mrid": owner_mrid}


class EndpointForm(ThirdPartyEndpointForm):
    """What staff say about an endpoint."""

    kind = forms.ChoiceField(
        label="Whose DERMS is it?",
        choices=[
            (Kind.DSO_DERMS, "The utility's own"),
            (Kind.THIRD_PARTY_DERMS, "A third party's"),
            (Kind.WORK_MANAGEMENT, "No DERMS: the utility's work management"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whose DERMS it is."},
    )
    owner_mrid = forms.UUIDField(
        label="Third party's mRID",
        required=False,
        help_text="Of the third party that owns it. Leave empty for the utility's own.",
        error_messages={"invalid": "Enter a whole mRID."},
    )
    feeders = forms.CharField(
        label="Feeders",
        required=False,
        help_text="For the utility's own: one feeder mRID on a line. Empty is the whole territory.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "font-monospace"}),
    )
    field_order: tuple[str, ...] = ("kind", "name", "url", "owner_mrid", "feeders")

    def clean_feeders(self) -> list[UUID]:
        """The mRIDs, one from each line."""
        found = []
        for number, line in enumerate(self.cleaned_data["feeders"].split(), start=1):
            try:
                found.append(UUID(line))
            except ValueError:
                raise ValidationError(f"Line {number} is not a whole mRID.") from None
        return found

    def clean(self) -> dict[str, Any]:
        """An owner for a third party's endpoint, and none for the utility's."""
        data = super().clean() or self.cleaned_data
        is_third_party = data.get("kind") == Kind.THIRD_PARTY_DERMS
        if is_third_party and not data.get("owner_mrid") and "owner_mrid" not in self.errors:
            self.add_error("owner_mrid", "Enter the mRID of the third party that owns it.")
        if not is_third_party and data.get("owner_mrid"):
            self.add_error("owner_mrid", "Only a third party's DERMS has an owner.")
        return data

    def facts(self, *, owner_mrid: UUID | None) -> dict[str, Any]:
        """What the service needs."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "url": data["url"],
            "kind": data["kind"],
            "owner_mrid": data["owner_mrid"],
            "feeder_mrids": data["feeders"],
        }
