"""F32-A: the third party that filed a service request hears of every move of it.

Everything in the caller's transaction.
"""

from collections.abc import Iterable
from datetime import datetime

from cim.envelope import Verb
from customers.selectors import User
from exchange.selectors import Endpoint, endpoints_of_owner, work_management_endpoints
from exchange.services import enqueue_for, lock_for_messages
from workflow.selectors import history_of

from .messages import request_changed
from .models import ServiceRequest
from .telling_work import tell_of_review


def lock_those_told(requests: Iterable[ServiceRequest], *, others: Iterable[Endpoint] = ()) -> None:
    """Lock every endpoint that moves of these requests may tell, in one fixed order."""
    filers = [each for request in requests for each in _filers(request)]
    lock_for_messages([*filers, *work_management_endpoints(), *others])


def tell_of_move(
    request: ServiceRequest, transition: str, *, note: str, by: User | None, at: datetime
) -> None:
    """Tell the third party that filed the request, and Engineering's system if it is asked."""
    filers = _filers(request)
    lock_those_told([request])
    if filers:
        version = history_of(request).count()
        enqueue_for(
            endpoints=filers,
            noun="ServiceRequests",
            verb=Verb.CHANGED,
            object_mrid=request.mrid,
            object_version=version,
            payload=lambda: request_changed(request, version=version, reason=note, at=at),
            at=at,
        )
    tell_of_review(request, transition, note=note, by=by, at=at)


def _filers(request: ServiceRequest) -> list[Endpoint]:
    """The endpoints of the third party that opened the request; none if a person did."""
    provider = request.started_by.provider
    return endpoints_of_owner(provider.mrid) if provider else []
