"""How every form looks: GOV.UK's rules for questions, in Tabler's clothes.

`FORM_RENDERER = "derportal.forms.PortalFormRenderer"` is all a form needs.
A widget may say more through its attrs:

    data-unit="kW"      a unit after the input, read out with it
    data-prefix="$"     a sign before the input
    class="dp-w-4"      width in characters: dp-w-2, 4, 6, 10, 20
    data-filter="Find"  over a long list of choices: a box that narrows it
"""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext as _

SELECTS = (forms.Select, forms.NullBooleanSelect)
CHECKS = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)


def css_class(widget: forms.Widget) -> str:
    """Return the Tabler class of a widget (a RadioSelect is a ChoiceWidget, not a Select)."""
    if isinstance(widget, CHECKS):
        return "form-check-input"
    return "form-select" if isinstance(widget, SELECTS) else "form-control"


class PortalBoundField(BoundField):
    """A bound field that knows its class, its unit and whether it is optional."""

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        """Add our class to what the widget already has."""
        widget = widget or self.field.widget
        built = super().build_widget_attrs(attrs, widget)
        if not widget.is_hidden:
            own = str(built.get("class") or widget.attrs.get("class", ""))
            built["class"] = f"{css_class(widget)} {own}".strip()
        return built

    @property
    def aria_describedby(self) -> str | None:
        """Hint, unit and error, in the order they are read."""
        if self.field.widget.attrs.get("aria-describedby") or not self.auto_id or self.is_hidden:
            return None
        parts = {"helptext": self.help_text, "unit": self.unit, "error": self.errors}
        return (
            " ".join(f"{self.auto_id}_{name}" for name, present in parts.items() if present) or None
        )

    @property
    def unit(self) -> str:
        """The unit shown after the input, such as kW."""
        return str(self.field.widget.attrs.get("data-unit", ""))

    @property
    def prefix(self) -> str:
        """The sign shown before the input, such as a currency."""
        return str(self.field.widget.attrs.get("data-prefix", ""))

    @property
    def filter_label(self) -> str:
        """What the box says that narrows a long list of choices."""
        return str(self.field.widget.attrs.get("data-filter", ""))

    @property
    def is_optional(self) -> bool:
        """Whether the label ends in (optional); a single tick box speaks for itself."""
        return not self.field.required and not self.field.disabled and not self.is_tick

    @property
    def is_tick(self) -> bool:
        """A single checkbox, whose label stands behind the box."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_choice(self) -> bool:
        """Radios or a set of checkboxes, drawn one by one inside a fieldset."""
        return isinstance(self.field.widget, (forms.RadioSelect, forms.CheckboxSelectMultiple))


class PortalFormRenderer(TemplatesSetting):
    """Django's form templates come from our templates/ folder, bound fields are ours."""

    bound_field_class = PortalBoundField


def lower_first(label: str) -> str:
    """Put a label into a sentence: Meter number -> meter number, but AC rating stays."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def missing_message(name: str, field: forms.Field) -> str:
    """Say what to do about an empty field, naming it."""
    label = lower_first(str(field.label or name.replace("_", " ")))
    if isinstance(field, forms.FileField):
        return _("Upload: %(label)s") % {"label": label}
    if isinstance(field, (forms.ChoiceField, forms.ModelChoiceField)):
        return _("Select: %(label)s") % {"label": label}
    return _("Enter: %(label)s") % {"label": label}


class PortalFormMixin:
    """For our forms: no colon, no browser bubbles, messages that name the field."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the label suffix unless the caller has one, and the messages nobody worded."""
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        fields: dict[str, forms.Field] = getattr(self, "fields", {})
        for name, field in fields.items():
            if (
                field.error_messages.get("required")
                == forms.Field.default_error_messages["required"]
            ):
                field.error_messages["required"] = missing_message(name, field)


class DateInput(forms.DateInput):
    """The browser's own date control; ISO on the wire."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Fix the format: type=date takes nothing else."""
        super().__init__(attrs={"class": "dp-w-10", **(attrs or {})}, format="%Y-%m-%d")


class PictureInput(forms.ClearableFileInput):
    """A file input that shows what was picked; on a phone it opens the camera."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Ask for the rear camera where there is one."""
        defaults = {"accept": "image/*", "capture": "environment", "data-preview": True}
        super().__init__(attrs={**defaults, **(attrs or {})})
