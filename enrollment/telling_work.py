"""F31-B, WR1, SO1, SR6, SR7: which work the work-management systems are asked to do.

A system that takes requests is asked (create, change, cancel, close) and answers, and what it
tells or decides by itself is not asked of it. Any other one is told (created, changed ...).
Everything in the caller's transaction.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from cim.envelope import Verb
from cim.profiles.common import Name
from cim.profiles.work import WorkStatusKind
from customers.selectors import User, is_machine_of
from engineering.selectors import NetworkUpgrade
from exchange.selectors import Endpoint, names_at, was_told_about, work_management_endpoints
from exchange.services import enqueue_message
from workflow.selectors import history_of
from workorders.selectors import WorkOrder

from .messages import upgrade_ordered, visit_ordered, work_requested
from .models import ServiceRequest

# What the message holds, with the names that its receiver gave the object.
Payload = Callable[[Sequence[Name]], Any]


class News(NamedTuple):
    """One piece of news: how it is asked, how it is told."""

    asked: Verb
    told: Verb


class ReviewNews(NamedTuple):
    """What a move says to Engineering's system."""

    news: News
    status: WorkStatusKind


WANTED = News(Verb.CREATE, Verb.CREATED)
CHANGED = News(Verb.CHANGE, Verb.CHANGED)
OVER = News(Verb.CLOSE, Verb.CLOSED)
OFF = News(Verb.CANCEL, Verb.CANCELED)
DECIDED = News(Verb.CLOSE, Verb.CHANGED)

REVIEW_NEWS = {
    "confirm_complete": ReviewNews(WANTED, WorkStatusKind.WAITING_ON_APPROVAL),
    "return_to_engineering": ReviewNews(CHANGED, WorkStatusKind.WAITING_ON_APPROVAL),
    "approve_engineering": ReviewNews(DECIDED, WorkStatusKind.APPROVED),
    "decline_by_engineering": ReviewNews(DECIDED, WorkStatusKind.CANCELLED),
}
# These moves say it only if Engineering was asked and had not decided.
GIVEN_UP = ReviewNews(OFF, WorkStatusKind.CANCELLED)
GIVING_UP = frozenset({"withdraw", "deem_withdrawn"})


def tell_of_review(
    request: ServiceRequest, transition: str, *, note: str, by: User | None, at: datetime
) -> None:
    """WR1, F31-B: Engineering's review is wanted, decided, or no longer wanted."""
    workers = work_management_endpoints()
    if not workers or not (found := _review_news(request, transition)):
        return
    _send(
        workers,
        found.news,
        lambda names: work_requested(request, status=found.status, reason=note, at=at, names=names),
        noun="WorkRequests",
        object_mrid=request.mrid,
        object_version=history_of(request).count(),
        by=by,
        at=at,
    )


def tell_crews(
    request: ServiceRequest, order: WorkOrder, *, news: News, by: User | None, at: datetime
) -> None:
    """SO1, SR7: a visit is wanted, done or no longer wanted."""
    _send(
        work_management_endpoints(),
        news,
        lambda names: visit_ordered(request, order, names),
        noun="ServiceOrders",
        object_mrid=order.mrid,
        object_version=1 if news is WANTED else 2,
        by=by,
        at=at,
    )


def tell_builders(
    upgrade: NetworkUpgrade, *, news: News, note: str, by: User, at: datetime
) -> None:
    """SR6, WR1: the network is to be upgraded, at another time, or it was."""
    _send(
        work_management_endpoints(),
        news,
        lambda names: upgrade_ordered(upgrade, note=note, at=at, names=names),
        noun="MaintenanceOrders",
        object_mrid=upgrade.mrid,
        object_version=history_of(upgrade).count(),
        by=by,
        at=at,
    )


def _send(
    workers: Sequence[Endpoint],
    news: News,
    payload: Payload,
    *,
    noun: str,
    object_mrid: UUID,
    object_version: int,
    by: User | None,
    at: datetime,
) -> None:
    """To each system in the order of their ids, as enqueue_message() wants it."""
    for worker in workers:
        if worker.takes_requests and is_machine_of(by, worker.mrid):
            continue
        due = _due(news, was_told=was_told_about(worker, object_mrid))
        if due is None:
            continue
        verb = due.asked if worker.takes_requests else due.told
        enqueue_message(
            endpoint=worker,
            noun=noun,
            verb=verb,
            object_mrid=object_mrid,
            object_version=object_version,
            payload=payload(_names(worker, object_mrid, verb)),
            at=at,
        )


def _due(news: News, *, was_told: bool) -> News | None:
    """Nobody is asked for the same work twice, nor to change or end what it never heard of."""
    if news is WANTED:
        return None if was_told else WANTED
    if was_told:
        return news
    return WANTED if news is CHANGED else None


def _names(worker: Endpoint, object_mrid: UUID, verb: Verb) -> tuple[Name, ...]:
    """What the system calls the object, as far as it has answered."""
    if not worker.takes_requests or verb is Verb.CREATE:
        return ()
    known = names_at(worker, object_mrid)
    return tuple(Name(name, "order", authority=worker.name) for name in known)


def _review_news(request: ServiceRequest, transition: str) -> ReviewNews | None:
    if transition in GIVING_UP:
        was_asked = history_of(request).filter(transition="confirm_complete").exists()
        return GIVEN_UP if was_asked and request.engineering_by_id is None else None
    return REVIEW_NEWS.get(transition)
