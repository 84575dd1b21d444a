"""How service requests and agreements are told: states, references and mRIDs, no person."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from lxml import etree

from cim.profiles import customer_agreements, service_requests
from cim.profiles.common import Name
from cim.profiles.customer_agreements import CustomerAgreement as AgreementFacts
from cim.profiles.parts import Interval, Named, Status
from cim.profiles.service_requests import (
    PricingStructure,
    ServiceRequestKind,
)
from cim.profiles.service_requests import (
    ServiceRequest as RequestFacts,
)
from registry.selectors import Der
from tariffs.selectors import CustomerAgreement

from ..models import ServiceRequest
from ..states import State
from .words import sendable

# CIM Status.value of each state.
STATUS_WORDS: dict[str, str] = {
    State.DRAFT: "draft",
    State.COMPLETENESS_REVIEW: "submitted",
    State.INFORMATION_NEEDED: "informationNeeded",
    State.ENGINEERING_REVIEW: "inEngineeringReview",
    State.OPERATIONS_REVIEW: "inOperationsReview",
    State.HELD_FOR_UPGRADE: "onHold",
    State.AGREEMENT_OFFERED: "agreementOffered",
    State.CONSTRUCTION: "inConstruction",
    State.VERIFICATION: "inVerification",
    State.PERMISSION_TO_OPERATE: "completed",
    State.DECLINED: "declined",
    State.WITHDRAWN: "withdrawn",
    State.DEEMED_WITHDRAWN: "deemedWithdrawn",
    State.EXPIRED: "expired",
}


def request_facts(
    request: ServiceRequest, *, version: int, reason: str, at: datetime | None
) -> RequestFacts:
    """How a service request stands since ``at``. The reason is the one the applicant was given."""
    return RequestFacts(
        mrid=str(request.mrid),
        created_date_time=request.created_at,
        kind=ServiceRequestKind.OTHER,
        last_modified_date_time=at,
        requested_in_service_date=request.wanted_on,
        version=version,
        names=(Name(request.reference, "service request"),),
        status=Status(date_time=at, reason=sendable(reason), value=STATUS_WORDS[request.state]),
        usage_point=_usage_point(request),
    )


def request_changed(
    request: ServiceRequest, *, version: int, reason: str, at: datetime
) -> etree._Element:
    """ServiceRequests: how one request stands now."""
    return requests_told([request_facts(request, version=version, reason=reason, at=at)])


def requests_told(facts: Sequence[RequestFacts]) -> etree._Element:
    """ServiceRequests: how several requests stand."""
    return service_requests.to_element(facts)


def agreement_facts(der: Der, agreement: CustomerAgreement) -> etree._Element:
    """CustomerAgreements: the agreement of one DER as it is read, with the hash of its text."""
    facts = replace(
        _agreement(der, agreement),
        customer=Named(mrid=str(agreement.customer.mrid)),
        service_supplier=Named(mrid=str(der.provider.mrid)) if der.provider else None,
        status=Status(value="active" if agreement.active_from else "accepted"),
    )
    return customer_agreements.to_element([facts])


def agreement_told(
    der: Der, agreement: CustomerAgreement, *, version: int, status: str, reason: str = ""
) -> etree._Element:
    """CustomerAgreements: how an agreement stands that was told ``version`` times.

    The customer is not named. With a ``reason`` why the agreement is no longer the receiver's,
    neither is the third party whose it may be now.
    """
    supplier = der.provider if not reason else None
    facts = replace(
        _agreement(der, agreement),
        version=version,
        service_supplier=Named(mrid=str(supplier.mrid)) if supplier else None,
        status=Status(value=status, reason=reason),
    )
    return customer_agreements.to_element([facts])


def _agreement(der: Der, agreement: CustomerAgreement) -> AgreementFacts:
    version = agreement.tariff_version
    tariff = version.tariff
    return AgreementFacts(
        mrid=str(agreement.mrid),
        created_date_time=agreement.accepted_at,
        revision_number=version.version,
        sign_date=agreement.accepted_at.date(),
        text_sha256=agreement.text_sha256,
        title=tariff.title,
        version=1,
        end_devices=(Named(mrid=str(der.mrid)),),
        pricing_structures=(
            PricingStructure(
                mrid=str(tariff.mrid), code=tariff.code, revision_number=version.version
            ),
        ),
        usage_points=(_point(der),),
        validity_interval=_validity(agreement),
    )


def _validity(agreement: CustomerAgreement) -> Interval | None:
    if agreement.active_from is None:
        return None
    return Interval(start=agreement.active_from, end=agreement.active_to)


def _usage_point(request: ServiceRequest) -> Named | None:
    return _point(request.der) if request.der else None


def _point(der: Der) -> Named:
    point = der.usage_point
    return Named(mrid=str(point.mrid), names=(Name(point.name),))
