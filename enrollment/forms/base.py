"""What every form of the journey shares. The looks come from settings.FORM_RENDERER."""

from typing import Any

from django import forms

MAX_SERIAL_NUMBERS = 40_000  # characters: 1,000 pieces, 40 each; our schema takes 100,000


class PlainForm(forms.Form):
    """Labels without a colon, and our own messages in place of the browser's."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class DateInput(forms.DateInput):
    """The browser's own date control; ISO on the wire."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(attrs={"class": "dp-w-10"}, format="%Y-%m-%d")
