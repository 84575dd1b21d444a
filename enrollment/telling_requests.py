"""F32-A, F31-B, SO1, WR1: who else is told how a service request and its work stand.

The third party that filed a request hears of every move; the utility's work-management system of
what Engineering and the crews are asked. Everything in the caller's transaction.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from cim.envelope import Verb
from cim.profiles.work import WorkStatusKind
from exchange.selectors import Endpoint, endpoints_of_owner, work_management_endpoints
from exchange.services import enqueue_for, lock_for_messages
from workflow.selectors import history_of
from workorders.selectors import WorkOrder

from .messages import request_changed, visit_ordered, work_requested
from .models import ServiceRequest


class WorkNews(NamedTuple):
    """What a move says to Engineering's system."""

    verb: Verb
    status: WorkStatusKind


WORK_NEWS = {
    "confirm_complete": WorkNews(Verb.CREATED, WorkStatusKind.WAITING_ON_APPROVAL),
    "return_to_engineering": WorkNews(Verb.CHANGED, WorkStatusKind.WAITING_ON_APPROVAL),
    "approve_engineering": WorkNews(Verb.CHANGED, WorkStatusKind.APPROVED),
    "decline_by_engineering": WorkNews(Verb.CHANGED, WorkStatusKind.CANCELLED),
}
# These moves say it only if Engineering was asked and had not decided.
GIVEN_UP = WorkNews(Verb.CANCELED, WorkStatusKind.CANCELLED)
GIVING_UP = frozenset({"withdraw", "deem_withdrawn"})


def lock_those_told(requests: Iterable[ServiceRequest], *, others: Iterable[Endpoint] = ()) -> None:
    """Lock every endpoint that moves of these requests may tell, in one fixed order."""
    filers = [each for request in requests for each in _filers(request)]
    lock_for_messages([*filers, *work_management_endpoints(), *others])


def tell_of_move(request: ServiceRequest, transition: str, *, note: str, at: datetime) -> None:
    """Tell the third party that filed the request, and Engineering's system if it is asked."""
    filers, workers = _filers(request), work_management_endpoints()
    if not filers and not workers:
        return
    lock_for_messages([*filers, *workers])
    version = history_of(request).count()
    if filers:
        enqueue_for(
            endpoints=filers,
            noun="ServiceRequests",
            verb=Verb.CHANGED,
            object_mrid=request.mrid,
            object_version=version,
            payload=lambda: request_changed(request, version=version, reason=note, at=at),
            at=at,
        )
    if workers and (news := _news(request, transition)):
        enqueue_for(
            endpoints=workers,
            noun="WorkRequests",
            verb=news.verb,
            object_mrid=request.mrid,
            object_version=version,
            payload=lambda: work_requested(request, status=news.status, reason=note, at=at),
            at=at,
        )


def tell_crews(request: ServiceRequest, order: WorkOrder, *, verb: Verb, at: datetime) -> None:
    """Tell the crews' system that a visit is wanted, done or no longer wanted."""
    workers = work_management_endpoints()
    if workers:
        enqueue_for(
            endpoints=workers,
            noun="ServiceOrders",
            verb=verb,
            object_mrid=order.mrid,
            object_version=1 if verb is Verb.CREATED else 2,
            payload=lambda: visit_ordered(request, order),
            at=at,
        )


def _filers(request: ServiceRequest) -> list[Endpoint]:
    """The endpoints of the third party that opened the request; none if a person did."""
    provider = request.started_by.provider
    return endpoints_of_owner(provider.mrid) if provider else []


def _news(request: ServiceRequest, transition: str) -> WorkNews | None:
    if transition in GIVING_UP:
        was_asked = history_of(request).filter(transition="confirm_complete").exists()
        return GIVEN_UP if was_asked and request.engineering_by_id is None else None
    return WORK_NEWS.get(transition)
