"""The checker of the long run finds what is wrong: logs made up, one fault in each."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from .long import check
from .long.client import Change
from .long.run import Fault

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MRID = UUID(int=1)
Log = list[dict[str, Any]]


def record(version: int = 1, second: int = 0, verdict: str = "applied", fault: str = "") -> Any:
    """One arrival, so many seconds after noon."""
    return {
        "verdict": verdict,
        "message_id": f"message {version}",
        "arrived_at": (NOON + timedelta(seconds=second)).isoformat(),
        "fault": fault,
        "changes": [{"mrid": str(MRID), "version": version}],
    }


def judged(monkeypatch: pytest.MonkeyPatch, log: Log, *faults: Fault) -> set[str]:
    """The names of the promises that were not kept, of three versions told to one endpoint."""
    for name in ("lost_leases", "different_digests", "wrong_answers"):
        monkeypatch.setattr(check, name, lambda _: 0)
    monkeypatch.setattr(check, "in_limbo", lambda: 0)
    endpoint: Any = SimpleNamespace(name="derms")
    told = [Change(MRID, version, "changed", (endpoint,)) for version in (1, 2, 3)]
    run: Any = SimpleNamespace(
        client=SimpleNamespace(committed=told),
        faults=list(faults),
        plan=SimpleNamespace(slots=1, concurrency=2, moving_within_s=15),
    )
    return {each.what for each in check.findings(run, {"derms": log}) if not each.is_met}


def kill(second: int, moving_after_s: float = 1, kind: str = "kill") -> Fault:
    at = NOON + timedelta(seconds=second)
    return Fault(kind, at, at, moving_after_s=moving_after_s)


def restart(second: int) -> Fault:
    return kill(second, kind="restart")


GOOD: Log = [record(1, 1), record(2, 2), record(3, 3)]


def copy(version: int, second: int) -> Any:
    return record(version, second, "duplicate")


@pytest.mark.parametrize(
    ("log", "faults", "broken"),
    [
        (GOOD, [], set()),
        (GOOD[:2], [], {"lost notices"}),
        ([*GOOD, record(4, 4)], [], {"ghosts: told and never committed"}),
        ([GOOD[0], GOOD[2], GOOD[1]], [], {"order faults"}),
        ([*GOOD, record(2, 9, "stale")], [], {"copies without a reason", "order faults"}),
        ([*GOOD, record(2, 9, "invalid")], [], {"copies without a reason",
                                                "messages refused by the receiver"}),
        ([*GOOD, copy(3, 9)], [], {"copies without a reason"}),
        ([*GOOD, copy(3, 9)], [kill(2)], {"copies without a reason"}),
        ([*GOOD, copy(3, 9)], [kill(5)], set()),
        ([*GOOD, copy(1, 9), copy(2, 9), copy(3, 9)], [kill(5)],
         {"copies after one kill, the most", "... and after all 1"}),
        ([*GOOD, copy(3, 9)], [restart(5)], set()),
        ([*GOOD, copy(2, 9), copy(3, 9)], [restart(5)],
         {"copies after one restart, the most", "... and after all 1"}),
        ([record(1, 1, fault="cut"), copy(1, 2), *GOOD[1:]], [], set()),
        (GOOD, [kill(2, moving_after_s=16)], {"slowest to move again, in seconds"}),
    ],
)  # fmt: skip
def test_the_checker_finds_it(
    monkeypatch: pytest.MonkeyPatch, log: Log, faults: list[Fault], broken: set[str]
) -> None:
    # A copy has no changes of its own in the simulator's log.
    clean = [each if each["verdict"] == "applied" else {**each, "changes": []} for each in log]
    assert judged(monkeypatch, clean, *faults) == broken
