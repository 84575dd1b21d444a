"""Sample data of the style guide page (components/styleguide.html). Invented people and numbers."""

from datetime import date
from typing import Any

from django import forms, template

from derportal.forms import DateInput, PictureInput, PortalFormMixin

register = template.Library()

TYPES = [("pv", "Solar"), ("storage", "Battery"), ("ev", "Vehicle charger")]
EXPORT = [
    ("limit", "Yes, up to a limit"),
    ("zero", "No, zero export"),
    ("unknown", "I am not sure"),
]


class SampleForm(PortalFormMixin, forms.Form):
    """One field of each kind."""

    model = forms.CharField(
        label="Inverter model",
        help_text="Start typing. We list certified equipment only.",
        widget=forms.TextInput(
            attrs={"data-combobox-url": "/equipment.json", "data-combobox-value": "model_id"}
        ),
    )
    model_id = forms.CharField(required=False, widget=forms.HiddenInput)
    rating = forms.DecimalField(
        label="AC rating",
        error_messages={"required": "Enter the AC rating in kW, for example 5.0"},
        widget=forms.TextInput(
            attrs={"data-unit": "kW", "inputmode": "decimal", "class": "dp-w-6"}
        ),
    )
    price = forms.DecimalField(
        label="Price per kWh",
        required=False,
        widget=forms.TextInput(attrs={"data-prefix": "$", "class": "dp-w-6"}),
    )
    export = forms.ChoiceField(
        label="Will it export to the network?",
        choices=EXPORT,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it will export"},
    )
    kinds = forms.MultipleChoiceField(
        label="What is installed?",
        choices=TYPES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    phase = forms.ChoiceField(label="Phases", choices=[("1", "Single phase"), ("3", "Three phase")])
    ready = forms.DateField(label="Ready from", required=False, widget=DateInput)
    notes = forms.CharField(
        label="Anything else?",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    diagram = forms.FileField(
        label="Single-line diagram",
        help_text="PDF, PNG or JPEG, up to 10 MB",
        error_messages={"required": "Upload the single-line diagram"},
    )
    photo = forms.ImageField(label="Photo of the nameplate", required=False, widget=PictureInput)
    agree = forms.BooleanField(
        label="I am allowed to apply for this address",
        error_messages={"required": "Confirm that you may apply"},
    )


@register.simple_tag
def styleguide_forms() -> dict[str, forms.Form]:
    """An empty form and one with errors."""
    return {"empty": SampleForm(prefix="ok"), "wrong": SampleForm({"notes": "x"}, {})}


@register.simple_tag
def styleguide_data() -> dict[str, Any]:
    """Everything the components of the page are fed with."""
    return {
        "due": date(2027, 1, 12),
        "stages": _stages("held"),
        "stages_current": _stages("current"),
        "stages_stopped": _stages("stopped"),
        "timeline": TIMELINE,
        "tasks": TASKS,
        "facts": FACTS,
        "tabs": TABS,
        "columns": COLUMNS,
        "rows": [{"cells": _cells(*row)} for row in QUEUE],
        "selects": [
            {
                "name": "state",
                "label": "State",
                "options": [{"value": "", "label": "Any", "selected": True}],
            },
            {
                "name": "feeder",
                "label": "Feeder",
                "options": [{"value": "RIV-12", "label": "RIV-12"}],
            },
        ],
        "chips": [
            {"label": "Feeder RIV-12", "remove_url": "#a"},
            {"label": "Over 10 kW", "remove_url": "#b"},
        ],
        "tones": TONES,
        "buttons": [
            {"label": "Export CSV", "url": "#csv"},
            {"label": "New application", "url": "#n", "primary": True},
        ],
        "crumbs": [{"label": "Queue", "url": "#q"}, {"label": "RIV-12", "url": "#f"}],
        "hold_chip": {"label": "Held for network upgrade", "tone": "hold"},
    }


def _stages(state: str) -> list[dict[str, str]]:
    labels = [
        "Received",
        "Engineering",
        "Operations modeling",
        "Network upgrade",
        "Site verification",
        "Approved",
    ]
    states = ["done", "done", "done", state, "todo", "todo"]
    dates = ["Nov. 16, 2026", "Nov. 19, 2026", "Nov. 20, 2026", "by Jan. 12, 2027", "", ""]
    return [
        {"label": a, "state": b, "date": c} for a, b, c in zip(labels, states, dates, strict=True)
    ]


def _cells(
    ref: str, who: str, kind: str, kw: str, feeder: str, state: str, tone: str, age: str
) -> list[dict[str, Any]]:
    return [
        {"value": ref, "url": f"#{ref}"},
        {"value": who},
        {"value": kind},
        {"value": kw, "numeric": True},
        {"value": feeder},
        {"chip": {"label": state, "tone": tone}},
        {"value": age, "tone": "late" if age.endswith("late") else ""},
    ]


TONES = [
    {"label": "Draft", "tone": "new"},
    {"label": "Engineering review", "tone": "review"},
    {"label": "Site verification", "tone": "visit"},
    {"label": "More information needed", "tone": "info"},
    {"label": "Held for network upgrade", "tone": "hold"},
    {"label": "Approved", "tone": "ok"},
    {"label": "Declined", "tone": "bad"},
    {"label": "Completed", "tone": "done"},
    {"label": "Cannot start yet", "tone": "locked"},
]
TIMELINE = [
    {
        "when": "Nov. 21, 2026, 2:10 p.m.",
        "who": "Operations planning",
        "what": "Held for network upgrade",
        "note": "Feeder RIV-12 would exceed its limit by 0.4 MW at light load.",
        "tone": "hold",
    },
    {
        "when": "Nov. 19, 2026, 9:32 a.m.",
        "who": "A. Lindqvist",
        "what": "Engineering review passed",
        "tone": "ok",
    },
    {
        "when": "Nov. 16, 2026, 7:41 p.m.",
        "who": "Sunrise Electrical",
        "what": "Application received",
    },
]
TASKS = [
    {
        "label": "Service point and address",
        "url": "#t1",
        "status": "completed",
        "hint": "12 Mill Lane",
    },
    {
        "label": "Electrical connection",
        "url": "#t2",
        "status": "in_progress",
        "hint": "Single-line diagram missing",
    },
    {"label": "Communications and control", "url": "#t3", "status": "not_started"},
    {
        "label": "Choose a tariff",
        "url": "#t4",
        "status": "problem",
        "hint": "The tariff needs interval metering",
    },
    {"label": "Read and accept the agreement", "url": "", "status": "cannot_start"},
]
FACTS = [
    {"label": "Reference", "value": "DER-2026-004817", "copyable": True},
    {"label": "Inverter", "value": "Fronius Primo GEN24 5.0 Plus", "change_url": "#c1"},
    {
        "label": "Export limit",
        "value": "10.0 kW",
        "change_url": "#c2",
        "changed_hidden_text": "export limit",
    },
    {"label": "Meter number", "value": "", "change_url": "#c3"},
]
TABS = [
    {"label": "All", "url": "#all", "active": True, "count": 42},
    {"label": "Assigned to me", "url": "#mine", "count": 9},
    {"label": "Held", "url": "#held", "count": 4},
    {"label": "Overdue", "url": "#late", "count": 3},
]
COLUMNS = [
    {"label": "Reference", "sort_url": "?sort=ref"},
    {"label": "Applicant"},
    {"label": "Type"},
    {"label": "kW", "numeric": True, "sort_url": "?sort=kw", "sorted": "descending"},
    {"label": "Feeder"},
    {"label": "State"},
    {"label": "Target"},
]
QUEUE = [
    (
        "DER-2026-004836",
        "Tamar Cold Store",
        "PV + storage",
        "250.0",
        "TAM-01",
        "More information needed",
        "info",
        "6 days",
    ),
    (
        "DER-2026-004822",
        "Harbour View Strata",
        "PV",
        "96.0",
        "RIV-07",
        "Engineering review",
        "review",
        "2 days late",
    ),
    (
        "DER-2026-004830",
        "Northside High School",
        "PV",
        "48.0",
        "HIL-03",
        "Operations modeling",
        "review",
        "5 days",
    ),
    (
        "DER-2026-004817",
        "J. Okafor, 12 Mill Lane",
        "PV + storage",
        "13.2",
        "RIV-12",
        "Held for upgrade",
        "hold",
        "stopped",
    ),
    (
        "DER-2026-004831",
        "R. Brandt, 77 Orchard Rd",
        "PV",
        "6.6",
        "HIL-03",
        "Site verification",
        "visit",
        "8 days",
    ),
    (
        "DER-2026-004839",
        "M. Costa, 3 Ridge Ave",
        "V2G charger",
        "7.4",
        "RIV-12",
        "Submitted",
        "new",
        "10 days",
    ),
]
