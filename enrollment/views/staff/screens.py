"""The last run of the screens, as the review page shows it. It informs; people decide."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from engineering.selectors import latest_screening

from ...selectors import ServiceRequest

OUTCOMES = {
    "PASS": ("Pass", "ok"),
    "FAIL": ("Fail", "bad"),
    "NOT_APPLICABLE": ("Not applicable", "new"),
    "SKIPPED": ("Skipped", "new"),
    "INCONCLUSIVE": ("Inconclusive", "info"),
}
NOTHING = "\N{EN DASH}"
SUPPLIERS = {"applicant": "the applicant", "utility": "the utility"}


@dataclass(frozen=True)
class Screen:
    """One line of the table, in words."""

    number: str
    title: str
    outcome: str
    tone: str
    computed: str
    threshold: str
    of: str
    formula: str
    citation: str
    inputs: list[tuple[str, str]]
    missing: list[str]


@dataclass(frozen=True)
class ScreenTable:
    """One run: when, by which rules, with what result."""

    rule_set: str
    engine_version: str
    run_at: datetime
    input_sha256: str
    screens: list[Screen]
    summary: str


def screens_of(request: ServiceRequest) -> ScreenTable | None:
    """The latest run for a request; None when there was none."""
    run = latest_screening(request.mrid)
    if run is None:
        return None
    lines = [_screen(result) for result in run.results]
    return ScreenTable(
        rule_set=run.rule_set,
        engine_version=run.engine_version,
        run_at=run.run_at,
        input_sha256=run.input_sha256,
        screens=lines,
        summary=_summary(lines),
    )


def _screen(result: dict[str, Any]) -> Screen:
    outcome, tone = OUTCOMES[result["outcome"]]
    unit = result["unit"]
    return Screen(
        number=result["id"],
        title=result["title"],
        outcome=outcome,
        tone=tone,
        computed=quantity(result["computed"], unit),
        threshold=quantity(result["threshold"], unit),
        of=unit if unit.startswith("fraction") else "",
        formula=result["formula"],
        citation=result["citation"],
        inputs=[(_words(name), _value(value)) for name, value in result["inputs"].items()],
        missing=[
            f"{item['label']}; {SUPPLIERS[item['supplied_by']]} must supply it"
            for item in result["missing"]
        ],
    )


def _summary(lines: list[Screen]) -> str:
    counted = [
        (label, sum(1 for line in lines if line.outcome == label)) for label, _ in OUTCOMES.values()
    ]
    return ", ".join(f"{count} {label.lower()}" for label, count in counted if count)


def quantity(text: str | None, unit: str) -> str:
    """A number as people read it: shares in percent, VA and W with thousands."""
    if text is None:
        return NOTHING
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if unit == "share" or unit.startswith("fraction"):
        return f"{round(number * 100, 2).normalize():f} %"
    return f"{number:,.3f}".rstrip("0").rstrip(".") + (f" {unit}" if unit else "")


UNITS = {"va": "VA", "w": "W", "v": "V", "a": "A", "pu": "pu", "der": "DER"}


def _words(name: str) -> str:
    parts = name.removeprefix("is_").split("_")
    text = " ".join(UNITS.get(part, part) for part in parts)
    return text[0].upper() + text[1:]


def _value(value: str | bool | None) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{Decimal(value):,f}" if value.replace(".", "", 1).isdigit() else (value or NOTHING)
