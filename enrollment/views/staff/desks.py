"""The desks of the queue: its tabs, who works at which, and how much lies there."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ... import selectors
from ...states import OPEN, State


@dataclass(frozen=True)
class Desk:
    """One tab: the states it shows, and what to say when it is empty."""

    key: str
    label: str
    states: tuple[str, ...]
    empty: str


OPEN_STATES = tuple(str(state) for state in OPEN if state != State.DRAFT)
DESKS = (
    Desk("mine", "Mine", OPEN_STATES, "Claim a request from a desk and it will be listed here."),
    Desk(
        "completeness",
        "Completeness",
        (State.COMPLETENESS_REVIEW,),
        "New applications arrive here when a customer sends them.",
    ),
    Desk(
        "engineering",
        "Engineering",
        (State.ENGINEERING_REVIEW,),
        "Applications arrive here when completeness review confirms them.",
    ),
    Desk(
        "operations",
        "Operations",
        (State.OPERATIONS_REVIEW,),
        "Applications arrive here when Engineering approves them.",
    ),
    Desk(
        "held",
        "Held",
        (State.HELD_FOR_UPGRADE,),
        "Requests that wait for a network upgrade are listed here until it is completed.",
    ),
    Desk(
        "verification",
        "Verification",
        (State.VERIFICATION,),
        "Installations that are ready for a visit are listed here.",
    ),
    Desk("all", "All", (), "Nobody has sent an application yet."),
)
BY_KEY = {desk.key: desk for desk in DESKS}
FIRST_DESK = (
    ("enrollment.decide_engineering", "engineering"),
    ("enrollment.decide_operations", "operations"),
    ("enrollment.review_completeness", "completeness"),
)
DECIDING = tuple(permission for permission, _ in FIRST_DESK)


def first_desk(user: Any) -> str:
    """The tab that opens first: the one desk this person works at, else everything."""
    own = [desk for permission, desk in FIRST_DESK if user.has_perm(permission)]
    return own[0] if len(own) == 1 else "all"


def may_claim(user: Any) -> bool:
    """Whether the user works at a desk that decides."""
    return any(user.has_perm(permission) for permission in DECIDING)


def counts(user: Any, today: date) -> dict[str, int]:
    """How many requests lie at each desk, and how many are overdue: two queries."""
    found = selectors.counts_by_state(user)
    sizes = {desk.key: _size(desk, found) for desk in DESKS}
    return {**sizes, "overdue": selectors.overdue_count(OPEN_STATES, today=today)}


def _size(desk: Desk, found: dict[str, tuple[int, int]]) -> int:
    at = [found[state] for state in desk.states or found if state in found]
    return sum(own if desk.key == "mine" else every for every, own in at)
