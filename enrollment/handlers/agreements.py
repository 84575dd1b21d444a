"""CustomerAgreements: a third party signs for a customer who allowed it, and reads what holds."""

from django.db.models import Q

from cim import errors as codes
from cim.envelope import Id
from cim.profiles import customer_agreements
from cim.profiles.customer_agreements import CustomerAgreement as Signed
from customers.selectors import User
from exchange.services import Answer, Arrival, refusal
from tariffs.selectors import CustomerAgreement, agreement_by_mrid, current_agreement

from ..messages import agreement_facts
from ..selectors import ServiceRequest, der_of_agreement, der_readable_by, requests_of
from ..services import sign_agreement
from .common import asked_ids, payload_of, refusing, third_party_of, uuid_of


def create_customer_agreements(arrival: Arrival) -> Answer:
    """CA2: sign the offered agreement of a DER: its exact text, by its hash."""
    by = third_party_of(arrival)
    signed = customer_agreements.from_element(payload_of(arrival))
    if len(signed) != 1:
        raise refusal(codes.TOO_MANY_ITEMS, "one CustomerAgreement in each message")
    about = Id(signed[0].mrid, object_type="CustomerAgreement")
    request = _request(signed[0], by, about)
    name = arrival.message.header.user_id or str(by)
    with refusing(about):
        done = sign_agreement(
            request=request, name=name, text_sha256=signed[0].text_sha256, by=by, at=arrival.at
        )
    agreement = current_agreement(done.proposed_der)
    kept = agreement.mrid if agreement else ""
    return Answer(ids=(Id(str(kept), object_type="CustomerAgreement"),), object_mrid=str(done.mrid))


def get_customer_agreements(arrival: Arrival) -> Answer:
    """The agreement of a DER that was published for the endpoint, by its mRID or the DER's."""
    ids = asked_ids(arrival)
    if len(ids) != 1:
        code = codes.TOO_MANY_ITEMS if ids else codes.REQUEST_MISSING
        raise refusal(code, "exactly one Request/ID, of an agreement or a DER, is needed")
    agreement = _named(ids[0].value)
    mrid = str(der_of_agreement(agreement)) if agreement else ids[0].value
    der = der_readable_by(arrival.endpoint, mrid)
    held = agreement or (current_agreement(der) if der else None)
    if der is None or held is None:
        about = Id(ids[0].value, kind=ids[0].kind or "uuid", object_type="CustomerAgreement")
        raise refusal(codes.AGREEMENT_INVALID, "there is no such agreement", id=about)
    return Answer(payload=agreement_facts(der, held), object_mrid=str(held.mrid))


def _named(text: str) -> CustomerAgreement | None:
    mrid = uuid_of(text)
    return agreement_by_mrid(mrid) if mrid else None


def _request(signed: Signed, by: User, about: Id) -> ServiceRequest:
    """The request whose DER the agreement is for; a foreign one is answered like none."""
    devices = [mrid for each in signed.end_devices if (mrid := uuid_of(each.mrid))]
    names = [each.name for each in signed.names]
    is_meant = Q(der__mrid__in=devices[:1]) if devices else Q(reference__in=names)
    found = requests_of(by).filter(is_meant)
    request = found.first()
    if request is None:
        reason = "there is no such DER with an agreement to sign"
        raise refusal(codes.AGREEMENT_INVALID, reason, id=about)
    return request
