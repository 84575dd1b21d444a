"""What a screen is, and what it says: one of five outcomes, with all that checks it by hand."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from .facts import SUPPLIERS, ScreenFacts, as_text

PASS = "PASS"  # noqa: S105 - an outcome
FAIL = "FAIL"
NOT_APPLICABLE = "NOT_APPLICABLE"
SKIPPED = "SKIPPED"
INCONCLUSIVE = "INCONCLUSIVE"
OUTCOMES = (PASS, FAIL, NOT_APPLICABLE, SKIPPED, INCONCLUSIVE)


@dataclass(frozen=True)
class Screen:
    """One row of engineering/data/screens.json. A threshold of None is a utility setting."""

    id: str
    title: str
    question: str
    threshold: Decimal | None
    unit: str
    is_strict: bool
    extra: Mapping[str, Decimal]
    formula: str
    citation: str
    on_fail: str
    note: str


@dataclass(frozen=True)
class Verdict:
    """What a check found. ``needs`` names the facts without which it could not decide."""

    outcome: str
    computed_as: str
    uses: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    computed: Decimal | None = None
    threshold: Decimal | None = None


@dataclass(frozen=True)
class MissingInput:
    """A fact that is not known, and who supplies it: the applicant or the utility."""

    name: str
    label: str
    supplied_by: str


@dataclass(frozen=True)
class ScreenResult:
    """One screen of one run. It informs the people who decide; it decides nothing (R18).

    ``formula`` is the procedure's, ``computed_as`` says what was computed here.
    """

    id: str
    title: str
    question: str
    outcome: str
    computed: Decimal | None
    threshold: Decimal | None
    unit: str
    formula: str
    computed_as: str
    citation: str
    on_fail: str
    note: str
    inputs: dict[str, str | bool | None] = field(default_factory=dict)
    missing: tuple[MissingInput, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As it is stored in a Screening; numbers as text."""
        return {
            **asdict(self),
            "computed": as_text(self.computed),
            "threshold": as_text(self.threshold),
            "missing": [asdict(item) for item in self.missing],
        }


def result_of(screen: Screen, facts: ScreenFacts, verdict: Verdict) -> ScreenResult:
    """The verdict with the screen's words, the inputs it used and those that are missing."""
    return ScreenResult(
        id=screen.id,
        title=screen.title,
        question=screen.question,
        outcome=verdict.outcome,
        computed=verdict.computed,
        threshold=verdict.threshold,
        unit=screen.unit,
        formula=screen.formula,
        computed_as=verdict.computed_as,
        citation=screen.citation,
        on_fail=screen.on_fail,
        note=screen.note,
        inputs={name: as_text(getattr(facts, name)) for name in verdict.uses},
        missing=tuple(MissingInput(name, *SUPPLIERS[name]) for name in verdict.needs),
    )
