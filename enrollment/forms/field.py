"""The crew's form: one question for each item of the checklist, serial numbers, photos, a note."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from registry.selectors import DerUnit
from workorders.selectors import ChecklistItem
from workorders.services import Finding

from ..services import Visit
from .base import MAX_SERIAL_NUMBERS

MAX_PHOTOS = 10
ANSWERS = (("pass", "Pass"), ("fail", "Fail"))


class PhotosInput(forms.ClearableFileInput):
    """Several pictures; on a phone it opens the camera."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Zero or more uploads."""

    widget = PhotosInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each upload by itself; the service checks what is in it."""
        given = data if isinstance(data, list | tuple) else [data]
        uploads = [super(PhotosField, self).clean(one, initial) for one in given if one]
        if len(uploads) > MAX_PHOTOS:
            raise forms.ValidationError(f"Send at most {MAX_PHOTOS} photos at once.")
        return uploads


class VisitForm(forms.Form):
    """What a crew found on one visit."""

    use_required_attribute = False
    photos = PhotosField(
        label="Photos",
        required=False,
        widget=PhotosInput(
            attrs={
                "accept": "image/*",
                "capture": "environment",
                "data-preview": True,
                "data-max-mb": "10",
            }
        ),
    )
    note = forms.CharField(
        label="Note",
        help_text="Needed for “Failed”: the customer reads what must be put right.",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, *args: Any, items: Sequence[ChecklistItem], units: Iterable[DerUnit], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.items, self.units = list(items), list(units)
        for item in self.items:
            self._ask(item)
        for unit in self.units:
            self.fields[f"serial_{unit.pk}"] = forms.CharField(
                label=f"{unit.get_kind_display()}: {unit.manufacturer} {unit.model}",
                help_text=f"{unit.quantity} expected, one a line" if unit.quantity > 1 else "",
                required=False,
                max_length=MAX_SERIAL_NUMBERS,
                initial=unit.serial_numbers,
                widget=forms.Textarea(attrs={"rows": min(unit.quantity, 4)}),
            )

    def _ask(self, item: ChecklistItem) -> None:
        self.fields[f"answer_{item.pk}"] = forms.ChoiceField(
            label=item.question,
            choices=ANSWERS,
            required=False,
            initial=item.answer,
            widget=forms.RadioSelect,
        )
        self.fields[f"found_{item.pk}"] = forms.CharField(
            label="What you found", required=False, max_length=300, initial=item.found
        )

    def questions(self) -> list[dict[str, Any]]:
        """The items with their bound fields, for the page."""
        return [
            {"item": item, "answer": self[f"answer_{item.pk}"], "found": self[f"found_{item.pk}"]}
            for item in self.items
        ]

    def serials(self) -> list[Any]:
        """The bound fields of the serial numbers."""
        return [self[f"serial_{unit.pk}"] for unit in self.units]

    def visit(self) -> Visit:
        """What was sent, as the services take it."""
        data = self.cleaned_data
        return Visit(
            findings=[
                Finding(item.pk, data[f"answer_{item.pk}"], data[f"found_{item.pk}"])
                for item in self.items
            ],
            serial_numbers={unit.pk: data[f"serial_{unit.pk}"] for unit in self.units},
            photos=data["photos"],
        )
