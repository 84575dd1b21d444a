"""CA2: the customer signs the agreement with the approved conditions."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from customers.selectors import User, may_accept_for
from tariffs import services as tariffs

from ..models import ServiceRequest
from ..selectors import approved_conditions
from ..telling_agreements import endpoints_told_of_agreements, tell_of_agreements
from ..telling_requests import lock_those_told
from .moves import move


@transaction.atomic
def sign_agreement(
    *, request: ServiceRequest, name: str, text_sha256: str, by: User, at: datetime
) -> ServiceRequest:
    """Sign the offered agreement: the tariff's text plus the conditions of the approval."""
    if not may_accept_for(user=by, customer_id=request.customer_id):
        raise PermissionDenied("Only the customer can sign the agreement.")
    locked = ServiceRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    lock_those_told([locked], others=endpoints_told_of_agreements(locked.der))
    signed = move(request, "sign_agreement", by=by, at=at)
    tariffs.accept_tariff(
        version=signed.accepted_version,
        der=signed.proposed_der,
        customer=signed.customer,
        by=by,
        name=name,
        text_sha256=text_sha256,
        conditions=approved_conditions(signed),
        at=at,
    )
    tell_of_agreements(signed.proposed_der, at=at)
    return signed
