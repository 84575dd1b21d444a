"""WorkRequests: Engineering's system tells what became of a review (WR1, F31-B)."""

from datetime import datetime

from cim import errors as codes
from cim.envelope import Id
from cim.profiles import work_requests
from cim.profiles.work import WorkStatusKind
from cim.profiles.work_requests import WorkRequest
from customers.selectors import User
from exchange.selectors import Endpoint, object_named_at
from exchange.services import Answer, Arrival, refusal

from ..messages import order_number
from ..selectors import ServiceRequest, request_by_mrid
from ..services import approve_engineering, decline
from .common import check_end, payload_of, refusing, uuid_of, work_management_of

APPROVING = (WorkStatusKind.APPROVED, WorkStatusKind.COMPLETED, WorkStatusKind.CLOSED)


def tell_work_requests(arrival: Arrival) -> Answer:
    """Approve or decline for Engineering; a status between them, or none, changes nothing here."""
    by = work_management_of(arrival)
    told = work_requests.from_element(payload_of(arrival), is_partial=True)
    for each in told:
        check_end(arrival, each.work)
    done = [_decide(each, arrival.endpoint, by, arrival.at) for each in told]
    ids = tuple(Id(str(each.mrid), object_type="WorkRequest") for each in done)
    return Answer(ids=ids, object_mrid=ids[0].value)


def _decide(told: WorkRequest, endpoint: Endpoint, by: User, at: datetime) -> ServiceRequest:
    about = Id(told.mrid or order_number(told.names), object_type="WorkRequest")
    mrid = uuid_of(about.value) or object_named_at(endpoint, about.value.strip())
    request = request_by_mrid(mrid) if mrid else None
    if request is None:
        raise refusal(codes.REQUEST_ID_INVALID, "there is no such work request", id=about)
    if not told.work:
        return request
    work = told.work[0]
    reason = work.activity_records[-1].reason if work.activity_records else ""
    with refusing(about):
        if work.status_kind in APPROVING:
            return approve_engineering(request=request, reason=reason, by=by, at=at)
        if work.status_kind is WorkStatusKind.CANCELLED:
            return decline(request=request, reason=reason, by=by, at=at)
    return request
