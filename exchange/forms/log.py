"""The filters of the message log and of the inbox, as the URL carries them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from cim.nouns import NOUNS

from ..selectors import Endpoint, InboundMessage, InboxFilter, MessageFilter, OutboundMessage


def _any(label: str, choices: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("", label), *choices]


class _FilterForm(forms.Form):
    """What both lists are filtered by. An endpoint that the reader may not see is no choice."""

    endpoint = forms.TypedChoiceField(
        required=False,
        coerce=UUID,
        empty_value=None,
        error_messages={"invalid_choice": "Choose an endpoint from the list"},
    )

    def __init__(self, data: Any, *, endpoints: Sequence[Endpoint]) -> None:
        super().__init__(data)
        choices = [(str(each.mrid), each.name) for each in endpoints]
        self.fields["endpoint"].choices = _any("Any endpoint", choices)  # type: ignore[attr-defined]
        self.names = dict(choices)

    def applied(self) -> dict[str, str]:
        """The filters that are on, by their name in the URL."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    def label_of(self, name: str, value: str) -> str:
        """What a chip says about one filter."""
        states = dict(self.fields["state"].choices)  # type: ignore[attr-defined]
        words = {
            "endpoint": f"Endpoint: {self.names.get(value, value)}",
            "state": f"State: {states.get(value, value)}",
            "noun": f"Noun: {value}",
            "object": f"Object: {value}",
        }
        return words[name]


class LogFilterForm(_FilterForm):
    """Which sent messages to list."""

    state = forms.ChoiceField(
        required=False,
        choices=_any("Any state", OutboundMessage.State.choices),
        error_messages={"invalid_choice": "Choose a state from the list"},
    )
    noun = forms.ChoiceField(
        required=False,
        choices=_any("Any noun", [(noun, noun) for noun in sorted(NOUNS)]),
        error_messages={"invalid_choice": "Choose a noun from the list"},
    )
    object = forms.UUIDField(
        required=False,
        label="Object mRID or MessageID",
        error_messages={"invalid": "Enter a whole mRID or MessageID"},
    )

    def wanted(
        self, *, owner_mrid: UUID | None, endpoint_mrid: UUID | None = None
    ) -> MessageFilter:
        """The filter for the selector; what was refused is left out."""
        self.full_clean()
        data = self.cleaned_data
        return MessageFilter(
            owner_mrid=owner_mrid,
            endpoint_mrid=endpoint_mrid or data.get("endpoint"),
            state=data.get("state", ""),
            noun=data.get("noun", ""),
            object_mrid=data.get("object"),
        )


class InboxFilterForm(_FilterForm):
    """Which received messages to list. What came in may carry any noun and any text as an mRID."""

    state = forms.ChoiceField(
        required=False,
        choices=_any("Any state", InboundMessage.State.choices),
        error_messages={"invalid_choice": "Choose a state from the list"},
    )
    noun = forms.CharField(
        required=False,
        max_length=60,
        error_messages={"max_length": "Enter a noun of at most 60 characters"},
    )
    object = forms.CharField(
        required=False,
        max_length=100,
        label="Object mRID or MessageID",
        error_messages={"max_length": "Enter a whole mRID or MessageID"},
    )

    def wanted(self, *, owner_mrid: UUID | None, endpoint_mrid: UUID | None = None) -> InboxFilter:
        """The filter for the selector; what was refused is left out."""
        self.full_clean()
        data = self.cleaned_data
        return InboxFilter(
            owner_mrid=owner_mrid,
            endpoint_mrid=endpoint_mrid or data.get("endpoint"),
            state=data.get("state", ""),
            noun=data.get("noun", ""),
            object=data.get("object", ""),
        )
