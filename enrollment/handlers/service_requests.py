"""ServiceRequests of a third party's Customer Support, with the customer's consent on file."""

from datetime import datetime

from cim import errors as codes
from cim.envelope import Error, ErrorLevel, Id
from cim.profiles import service_requests
from cim.profiles.service_requests import ServiceRequest as Filed
from customers.selectors import User
from exchange.services import Answer, Arrival, refusal

from ..messages import request_facts, requests_told
from ..selectors import ServiceRequest, last_move_of, requests_of
from ..services import amend_application, file_application, report_installation, withdraw
from ..states import State
from .common import asked_ids, payload_of, refusing, third_party_of, uuid_of
from .filed import answers_of, customer_of, id_of

MOST_TOLD = 500
INSTALLED = "installed"


def create_service_requests(arrival: Arrival) -> Answer:
    """F32-A: file applications, all of the message or none."""
    by = third_party_of(arrival)
    filed = service_requests.from_element(payload_of(arrival))
    return _answer([_file(each, by, arrival.at) for each in filed])


def change_service_requests(arrival: Arrival) -> Answer:
    """F32-A: amend applications, or tell that the DER is installed (status installed)."""
    by = third_party_of(arrival)
    filed = service_requests.from_element(payload_of(arrival))
    return _answer([_change(each, by, arrival.at) for each in filed])


def cancel_service_requests(arrival: Arrival) -> Answer:
    """SR10: withdraw applications, named by Payload/ID or by their payload."""
    by, reason = third_party_of(arrival), arrival.message.header.comment
    ids = asked_ids(arrival) or tuple(
        id_of(each) for each in service_requests.from_element(payload_of(arrival))
    )
    return _answer([_withdraw(each, by, reason, arrival.at) for each in ids])


def get_service_requests(arrival: Arrival) -> Answer:
    """How the named applications stand; without a name, all of those with consent."""
    by = third_party_of(arrival)
    ids = asked_ids(arrival)
    found = [_found(each, by) for each in ids] if ids else list(requests_of(by)[: MOST_TOLD + 1])
    if len(found) > MOST_TOLD:
        raise refusal(codes.TOO_MANY_ITEMS, f"more than {MOST_TOLD}; name them by Request/ID")
    told = [_facts(each) for each in found]
    answer = _answer(found)
    return Answer(
        payload=requests_told(told) if told else None,
        errors=answer.errors,
        object_mrid=answer.object_mrid,
    )


def _file(filed: Filed, by: User, at: datetime) -> ServiceRequest:
    about, customer = id_of(filed), customer_of(filed)
    mrid = uuid_of(filed.mrid)
    if mrid is None:
        raise refusal(codes.INVALID, "mRID must be a UUID", id=about)
    with refusing(about):
        answers = answers_of(filed, customer, by, at)
        return file_application(mrid=mrid, customer=customer, answers=answers, by=by, at=at)


def _change(filed: Filed, by: User, at: datetime) -> ServiceRequest:
    about = id_of(filed)
    request = _found(about, by)
    note = filed.status.reason or filed.comment if filed.status else filed.comment
    with refusing(about):
        if filed.status and filed.status.value == INSTALLED:
            return report_installation(request=request, note=note, by=by, at=at)
        answers = answers_of(filed, request.customer, by, at)
        return amend_application(request=request, answers=answers, note=note, by=by, at=at)


def _withdraw(named: Id, by: User, reason: str, at: datetime) -> ServiceRequest:
    request = _found(named, by)
    with refusing(named):
        return withdraw(request=request, reason=reason, by=by, at=at)


def _found(named: Id, by: User) -> ServiceRequest:
    """By mRID or by reference; without consent it is answered like one that does not exist."""
    mrid = uuid_of(named.value)
    found = requests_of(by)
    found = found.filter(mrid=mrid) if mrid else found.filter(reference=named.value.strip())
    request = found.first()
    if request is None:
        about = Id(named.value, kind=named.kind or "uuid", object_type="ServiceRequest")
        raise refusal(codes.REQUEST_ID_INVALID, "there is no such service request", id=about)
    return request


def _facts(request: ServiceRequest) -> Filed:
    last, count = last_move_of(request)
    reason, at = (last.note, last.at) if last else ("", request.created_at)
    return request_facts(request, version=count, reason=reason, at=at)


def _answer(requests: list[ServiceRequest]) -> Answer:
    """Every request by mRID and by its reference, and what stands in its way."""
    ids = [_id(each) for each in requests]
    references = [
        Id(each.reference, kind="transaction", object_type="ServiceRequest") for each in requests
    ]
    return Answer(
        ids=(*ids, *references),
        errors=tuple(error for each in requests for error in _standing(each)),
        object_mrid=str(requests[0].mrid) if requests else "",
    )


def _standing(request: ServiceRequest) -> list[Error]:
    """6.2 while it waits for somebody else, 6.3 once a hold was lifted; information only."""
    if request.state == State.DRAFT:
        reason = "a draft: the customer accepts the tariff and sends the application"
        return [_inform(request, codes.ON_HOLD, reason)]
    last, _ = last_move_of(request)
    if request.state == State.HELD_FOR_UPGRADE and request.held_for is not None:
        return [_inform(request, codes.ON_HOLD, f"waits for “{request.held_for.name}”")]
    if last is not None and last.transition == "resume_after_upgrade":
        return [_inform(request, codes.RELEASED_FROM_HOLD, last.note)]
    return []


def _inform(request: ServiceRequest, code: str, reason: str) -> Error:
    return Error(code=code, level=ErrorLevel.INFORM, reason=reason, id=_id(request))


def _id(request: ServiceRequest) -> Id:
    return Id(str(request.mrid), object_type="ServiceRequest")
