"""A new endpoint, and what of it may be changed later."""

from collections.abc import Mapping, Sequence
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


class NamesInput(forms.TextInput):
    """A text that is one of ``names``: the browser offers them while one types."""

    template_name = "django/forms/widgets/names.html"
    names: Sequence[str] = ()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With the names, and the id of their list."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        list_id = f"{context['widget']['attrs']['id']}_names"
        context["widget"]["attrs"] |= {"list": list_id, "autocomplete": "off"}
        return context | {"names": self.names, "list_id": list_id}


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
    context = forms.ChoiceField(
        label="What its messages are for",
        choices=[("PRODUCTION", "Operation"), ("TESTING", "Tests")],
        initial="PRODUCTION",
        widget=forms.RadioSelect,
        help_text="Header/Context of every message, both ways. It cannot be changed later.",
        error_messages={"required": "Choose operation or tests."},
    )
    field_order: tuple[str, ...] = ("name", "url", "context")

    def facts(self, *, owner_mrid: UUID | None) -> dict[str, Any]:
        """What the service needs."""
        data = self.cleaned_data
        return {
            **{name: data[name] for name in ("name", "url", "context")},
            "kind": Kind.THIRD_PARTY_DERMS,
            "owner_mrid": owner_mrid,
        }


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
    owner = forms.CharField(
        label="Third party",
        required=False,
        help_text="That owns it. Type a part of the name and choose. Leave empty for the utility's "
        "own.",
        widget=NamesInput,
    )
    feeders = forms.MultipleChoiceField(
        label="Feeders",
        required=False,
        help_text="For the utility's own. None is the whole territory.",
        widget=forms.CheckboxSelectMultiple(attrs={"data-filter": "Find a feeder"}),
        error_messages={"invalid_choice": "Choose feeders from the list."},
    )
    field_order: tuple[str, ...] = ("kind", "name", "url", "context", "owner", "feeders")

    def __init__(
        self, data: Any, *, third_parties: Mapping[str, UUID], feeders: Mapping[UUID, str]
    ) -> None:
        super().__init__(data)
        self.third_parties = third_parties
        self.fields["owner"].widget.names = list(third_parties)
        choices = [(str(mrid), label) for mrid, label in feeders.items()]
        self.fields["feeders"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["feeders"]

    def clean_owner(self) -> UUID | None:
        """The mRID of the third party of this name."""
        name = " ".join(self.cleaned_data["owner"].split())
        if not name:
            return None
        known = {each.casefold(): mrid for each, mrid in self.third_parties.items()}
        found = self.third_parties.get(name) or known.get(name.casefold())
        if found is None:
            raise ValidationError(f"No third party is called “{name}”. Choose one from the list.")
        return found

    def clean(self) -> dict[str, Any]:
        """An owner for a third party's endpoint, and none for the utility's."""
        data = super().clean() or self.cleaned_data
        is_third_party = data.get("kind") == Kind.THIRD_PARTY_DERMS
        if is_third_party and not data.get("owner") and "owner" not in self.errors:
            self.add_error("owner", "Choose the third party that owns it.")
        if not is_third_party and data.get("owner"):
            self.add_error("owner", "Only a third party's DERMS has an owner.")
        if is_third_party and data.get("feeders"):
            self.add_error("feeders", "A third party's DERMS gets its own customers' DER.")
        return data

    def facts(self, *, owner_mrid: UUID | None) -> dict[str, Any]:
        """What the service needs."""
        data = self.cleaned_data
        return {
            **{name: data[name] for name in ("name", "url", "context", "kind")},
            "owner_mrid": data["owner"],
            "feeder_mrids": [UUID(each) for each in data.get("feeders", ())],
        }
