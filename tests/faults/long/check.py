"""The checker: the REST API, the database, the simulator's log and the client's own record."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from typing import Any

import requests

from exchange.models import DeliveryAttempt, OutboundMessage

from .run import DIGEST, WORKERS, Fault, Run

Told = tuple[str, str, int]  # endpoint, mRID, version


@dataclass(frozen=True)
class Finding:
    """One line of the table."""

    what: str
    most: float
    found: float

    @property
    def is_met(self) -> bool:
        return self.found <= self.most


def logs(run: Run) -> dict[str, list[dict[str, Any]]]:
    """What arrived at each endpoint, in order."""
    url = run.servers.simulator_url
    return {
        each.name: [
            json.loads(line)
            for line in requests.get(f"{url}/{each.name}/log", timeout=120).text.splitlines()
        ]
        for each in run.endpoints
    }


def findings(run: Run, arrived: dict[str, list[dict[str, Any]]]) -> list[Finding]:
    """Every promise with what was found."""
    wanted = Counter(
        (endpoint.name, str(change.mrid), change.version)
        for change in run.client.committed
        for endpoint in change.endpoints
    )
    applied = Counter(
        (name, change["mrid"], change["version"])
        for name, records in arrived.items()
        for record in records
        if record["verdict"] == "applied"
        for change in record["changes"]
    )
    slowest = max((each.moving_after_s for each in run.faults), default=0)
    return [
        Finding("lost notices", 0, (wanted - applied).total()),
        Finding("ghosts: told and never committed", 0, (applied - wanted).total()),
        Finding("order faults", 0, order_faults(arrived)),
        Finding("messages refused by the receiver", 0, refused(arrived)),
        *duplicates(run, arrived),
        Finding("slowest to move again, in seconds", run.plan.moving_within_s, slowest),
        Finding("digests that differ", 0, different_digests(run)),
        Finding("messages in limbo", 0, in_limbo()),
        Finding("answers other than 503 without a database", 0, wrong_answers(run)),
    ]


def order_faults(arrived: dict[str, list[dict[str, Any]]]) -> int:
    """Versions of one DER at one endpoint that came first after a newer one."""
    found = 0
    for records in arrived.values():
        versions: dict[str, list[int]] = defaultdict(list)
        for record in records:
            for change in record["changes"] if record["verdict"] == "applied" else ():
                versions[change["mrid"]].append(change["version"])
        found += sum(one >= other for seen in versions.values() for one, other in pairwise(seen))
        found += sum(record["verdict"] == "stale" for record in records)
    return found


def refused(arrived: dict[str, list[dict[str, Any]]]) -> int:
    fine = {"applied", "duplicate", "stale"}
    return sum(each["verdict"] not in fine for records in arrived.values() for each in records)


def duplicates(run: Run, arrived: dict[str, list[dict[str, Any]]]) -> Iterator[Finding]:
    """A copy needs a reason: the answer before it was cut, or a fault came before its record.

    A kill excuses what one worker has under way. A restart of PostgreSQL excuses one copy: workers
    keep their answers until it is back. A worker that was not scheduled for so long that it lost
    its lease is a fault too; its log says so.
    """
    cuts = sum(each["fault"] == "cut" for records in arrived.values() for each in records)
    by_cut, by_fault, unexplained = 0, Counter[int](), 0
    for before, after in _copies(arrived):
        fault = _fault_between(run.faults, before["arrived_at"], after["arrived_at"])
        if before["fault"] == "cut":
            by_cut += 1
        elif fault is not None:
            by_fault[fault] += 1
        else:
            unexplained += 1
    under_way = run.plan.slots * run.plan.concurrency
    yield Finding("copies after a cut answer (of so many cuts)", cuts, by_cut)
    yield from _of_kind(run.faults, by_fault, "kill", most=under_way)
    yield from _of_kind(run.faults, by_fault, "restart", most=1)
    most = run.plan.concurrency * lost_leases(run)
    yield Finding("copies without a reason", most, unexplained)


def _of_kind(
    faults: list[Fault], copies: Counter[int], kind: str, *, most: int
) -> Iterator[Finding]:
    found = [copies[number] for number, fault in enumerate(faults) if fault.kind == kind]
    yield Finding(f"copies after one {kind}, the most", most, max(found, default=0))
    yield Finding(f"... and after all {len(found)}", most * len(found), sum(found))


def _copies(
    arrived: dict[str, list[dict[str, Any]]],
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for records in arrived.values():
        by_id: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for record in records:
            by_id[record["message_id"]].append(record)
        for same in by_id.values():
            yield from pairwise(same)


def _fault_between(faults: list[Fault], before: str, after: str) -> int | None:
    """The first fault that could have kept the answer to the first copy from being recorded."""
    came, again = datetime.fromisoformat(before), datetime.fromisoformat(after)
    for number, fault in enumerate(faults):
        if fault.kind != "flush" and came <= fault.ended and fault.began <= again:
            return number
    return None


def lost_leases(run: Run) -> int:
    """How often a worker found that another one had its endpoint."""
    return sum(run.crew.log(name).read_text().count("has another worker") for name in WORKERS)


def different_digests(run: Run) -> int:
    """Endpoints whose picture is not what the REST API says that they may know."""
    return sum(not _is_equal(run, each.name) for each in run.endpoints)


def _is_equal(run: Run, name: str) -> bool:
    told = json.loads(run.portals[name].get(DIGEST).text)
    ders = requests.get(f"{run.servers.simulator_url}/{name}/picture", timeout=60).json()["ders"]
    known = sorted(f"{der['mrid']} {der['version']}\n" for der in ders if not der["is_deleted"])
    digest = sha256("".join(known).encode()).hexdigest()
    return bool((told["count"], told["sha256"]) == (len(known), digest))


def in_limbo() -> int:
    """Messages that are not delivered, or delivered without an attempt that says so."""
    answered = DeliveryAttempt.objects.filter(reply_result="OK", ended_at__isnull=False)
    certain = OutboundMessage.objects.filter(state="delivered", unanswered_count=0)
    return OutboundMessage.objects.exclude(pk__in=certain.filter(attempts__in=answered)).count()


def wrong_answers(run: Run) -> int:
    return sum(status != 503 for status in run.answers_while_down)


def table(run: Run, arrived: dict[str, list[dict[str, Any]]], found: list[Finding]) -> str:
    """For people."""
    kinds = Counter(fault.kind for fault in run.faults)
    lines = [
        f"seed {run.plan.seed}: {len(run.client.committed)} changes in transactions of their own, "
        f"{len(run.client.rolled_back)} rolled back, {run.client.interrupted} interrupted;",
        f"{sum(len(each) for each in arrived.values())} arrivals at {len(arrived)} endpoints; "
        f"{kinds['kill']} kills, {kinds['restart']} restarts of PostgreSQL, "
        f"{kinds['flush']} FLUSHALLs, {lost_leases(run)} leases lost",
        "",
        f"{'':50}{'at most':>9}{'found':>9}",
    ]
    for each in found:
        verdict = "" if each.is_met else "   NOT MET"
        lines.append(f"{each.what:50}{each.most:9g}{each.found:9.4g}{verdict}")
    return "\n".join(lines)
