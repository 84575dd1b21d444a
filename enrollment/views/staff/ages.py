"""How long a request has been where it is, against its target."""

from dataclasses import dataclass
from datetime import date

from ...clocks import business_days_between, local_date
from ...models import StageClock
from ...selectors import ServiceRequest
from ...states import APPLICANT, FACTS


@dataclass(frozen=True)
class Age:
    """Business days used and allowed in the present state, and when it is due."""

    used: int
    allowed: int | None
    due_on: date | None
    due_label: str
    is_overdue: bool
    days_late: int
    is_applicants_turn: bool

    @property
    def left(self) -> int | None:
        """Business days that are left of the target."""
        return None if self.allowed is None else max(self.allowed - self.used, 0)


def age_of(request: ServiceRequest, today: date) -> Age | None:
    """The age by the running clock; None when nobody has to act any more."""
    clocks = list(request.clocks.all())
    running = next((clock for clock in clocks if clock.stopped_at is None), None)
    if running is None:
        return None
    due = running.due_on
    return Age(
        used=_days_used(request, running, clocks, today),
        allowed=request.procedure.steps.get(running.state, {}).get("business_days"),
        due_on=due,
        due_label=_label(due, today),
        is_overdue=due is not None and due < today,
        days_late=_days_late(request, due, today),
        is_applicants_turn=FACTS[request.state].owner == APPLICANT,
    )


def _days_used(
    request: ServiceRequest, running: StageClock, clocks: list[StageClock], today: date
) -> int:
    since = business_days_between(local_date(running.started_at), today, request.procedure)
    if running.owner == APPLICANT:
        return max(since, 0)
    earlier = sum(c.days_used for c in clocks if c.state == running.state and c.stopped_at)
    return max(since, 0) + earlier


def _label(due: date | None, today: date) -> str:
    """The date, with its year only where that is not this year."""
    if due is None:
        return ""
    return f"{due:%b} {due.day}" if due.year == today.year else f"{due:%b} {due.day}, {due.year}"


def _days_late(request: ServiceRequest, due: date | None, today: date) -> int:
    if due is None or due >= today:
        return 0
    return business_days_between(due, today, request.procedure)
