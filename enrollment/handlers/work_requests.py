"""WorkRequests: Engineering's system tells what became of a review (WR1, F31-B)."""

from functools import partial
from uuid import UUID

from cim import errors as codes
from cim.profiles import work_requests
from cim.profiles.work import WorkStatusKind
from exchange.services import Answer, Arrival, refusal

from ..selectors import request_by_mrid
from ..services import approve_engineering, decline
from .common import refusing
from .work import DONE, Told, mrid_of, tell_work

_read = partial(work_requests.from_element, is_partial=True)
APPROVING = (WorkStatusKind.APPROVED, *DONE)


def tell_work_requests(arrival: Arrival) -> Answer:
    """Approve or decline for Engineering; a status between them, or none, changes nothing here."""
    return tell_work(arrival, "WorkRequest", _read, _decide)


def _decide(told: Told[work_requests.Work]) -> UUID:
    mrid = mrid_of(told.about, told.endpoint)
    request = request_by_mrid(mrid) if mrid else None
    if request is None:
        raise refusal(codes.REQUEST_ID_INVALID, "there is no such work request", id=told.about)
    status = told.work.status_kind if told.work else None
    with refusing(told.about):
        if status in APPROVING:
            approve_engineering(request=request, reason=told.reason, by=told.by, at=told.at)
        elif status is WorkStatusKind.CANCELLED:
            decline(request=request, reason=told.reason, by=told.by, at=told.at)
    return request.mrid
