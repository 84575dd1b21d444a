"""Runs procedures against a peer, step by step, and keeps everything that was said."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from interop.checks import Check, checks, later_checks
from interop.messages import Builder
from interop.peers import Answer, NoAnswer, Peer
from interop.procedure import Procedure, Step


@dataclass(frozen=True, slots=True)
class Done:
    """A step with what was sent, what came back, and what was checked."""

    step: Step
    sent: bytes
    answer: Answer | None
    checks: list[Check]
    later: bytes | None = None

    @property
    def passed(self) -> bool:
        return all(each.passed for each in self.checks)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A procedure that was run, or skipped for a reason."""

    procedure: Procedure
    done: list[Done] = field(default_factory=list)
    seconds: float = 0.0
    skipped: str = ""

    @property
    def word(self) -> str:
        if self.skipped:
            return "skipped"
        return "passed" if all(each.passed for each in self.done) else "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """All outcomes against one peer."""

    side: str
    target: str
    started_at: datetime
    outcomes: list[Outcome]

    def count(self, word: str) -> int:
        """How many procedures ended so: passed, failed, skipped."""
        return sum(each.word == word for each in self.outcomes)


def run(
    side: str, target: str, procedures: Iterable[Procedure], peer: Peer, builder: Builder
) -> Run:
    """Every procedure in turn; one that fails does not end the run."""
    started_at = datetime.now(UTC)
    outcomes = [_run(each, peer, builder) for each in procedures]
    return Run(side, target, started_at, outcomes)


def _run(procedure: Procedure, peer: Peer, builder: Builder) -> Outcome:
    missing = [name for name in procedure.needs if name not in builder.given]
    if missing:
        return Outcome(procedure, skipped=f"it needs {' and '.join(missing)}; see --given")
    builder.begin(procedure)
    start, answers = monotonic(), dict[str, Answer]()
    done = [_step(each, peer, builder, answers) for each in procedure.steps]
    return Outcome(procedure, done, monotonic() - start)


def _step(step: Step, peer: Peer, builder: Builder, answers: dict[str, Answer]) -> Done:
    sent = builder.build(step)
    try:
        answer = peer.post(step, sent)
    except NoAnswer as none:
        return Done(step, sent.body, None, [Check("an answer", passed=False, detail=str(none))])
    if answer is None:
        return Done(step, sent.body, None, [])
    answers[step.name] = answer
    found = checks(step, sent, answer, answers, builder.mrid)
    if not (step.expect.later and all(each.passed for each in found)):
        return Done(step, sent.body, answer, found)
    later = peer.later(sent)
    return Done(step, sent.body, answer, found + later_checks(step, sent, later), later)
