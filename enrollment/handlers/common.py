"""Who acts for an endpoint, and how a service's refusal is answered in IEC 61968-100 words."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from lxml import etree

from cim import errors as codes
from cim.envelope import Error, ErrorLevel, Id, Request
from cim.queries import named_in
from customers.selectors import User, provider_by_mrid
from customers.services import machine_user
from exchange.selectors import Endpoint
from exchange.services import Arrival, InboundRefused, refusal
from tariffs.services import AgreementRefused
from workflow.services import TransitionRefused

from ..services import AlreadyFiled

# Which parameter a field of ours is; a field without a line broke a business rule.
_CODES = {
    "usage_point": codes.USAGE_POINT_INVALID,
    "version": codes.PRICING_STRUCTURE_INVALID,
    "provider": codes.SERVICE_SUPPLIER_INVALID,
}
_WORK_ROLES = ("engineering", "field", "builders")


def third_party_of(arrival: Arrival) -> User:
    """The user as whom a third party's system acts. Raises InboundRefused for another system."""
    endpoint = arrival.endpoint
    provider = provider_by_mrid(endpoint.owner_mrid)
    if provider is None:
        raise refusal(codes.NOT_AUTHORIZED, "only the system of a third party may send this")
    return machine_user(mrid=endpoint.mrid, name=endpoint.name, provider=provider)


def work_management_of(arrival: Arrival) -> User:
    """The user as whom work management acts. Raises InboundRefused for another system."""
    endpoint = arrival.endpoint
    if endpoint.kind != Endpoint.Kind.WORK_MANAGEMENT:
        raise refusal(codes.NOT_AUTHORIZED, "only a work-management system may send this")
    return machine_user(mrid=endpoint.mrid, name=endpoint.name, roles=_WORK_ROLES)


def payload_of(arrival: Arrival) -> etree._Element:
    """The payload. Raises InboundRefused without one."""
    if arrival.message.payload is None:
        raise refusal(codes.PAYLOAD_MISSING, "the Payload is missing")
    return arrival.message.payload


def asked_ids(arrival: Arrival) -> tuple[Id, ...]:
    """What a get, cancel or close is about: Request/ID, what Get<Noun> names, or Payload/ID.

    Raises MessageRefused for a get that asks by anything else.
    """
    message = arrival.message
    request = message.request or Request()
    named = named_in(request, message.header.noun)
    return request.ids + named or message.payload_ids


def uuid_of(text: str) -> UUID | None:
    """An mRID, or None for what is none of ours."""
    try:
        return UUID(text)
    except ValueError:
        return None


@contextmanager
def refusing(about: Id) -> Iterator[None]:
    """Answer what a service refuses, with the object that it was about."""
    try:
        yield
    except PermissionDenied as denied:
        raise refusal(codes.NOT_AUTHORIZED, str(denied), id=about) from denied
    except TransitionRefused as refused:
        missing = refused.transition == "submit"
        code = codes.FIELDS_MISSING if missing else codes.REFUSED_BY_RULE
        raise InboundRefused(*_errors(code, refused.reasons, about)) from refused
    except ValidationError as invalid:
        raise InboundRefused(*_invalid(invalid, about)) from invalid
    except AgreementRefused as refused:
        raise refusal(codes.AGREEMENT_INVALID, str(refused), id=about) from refused
    except AlreadyFiled as known:
        raise refusal(codes.REFUSED_BY_RULE, str(known), id=about) from known


def _invalid(invalid: ValidationError, about: Id) -> Iterator[Error]:
    if not hasattr(invalid, "error_dict"):
        yield from _errors(codes.REFUSED_BY_RULE, invalid.messages, about)
        return
    for field, messages in invalid.message_dict.items():
        reasons = [f"{field}: {message}" for message in messages]
        yield from _errors(_CODES.get(field, codes.REFUSED_BY_RULE), reasons, about)


def _errors(code: str, reasons: list[str], about: Id) -> Iterator[Error]:
    for reason in reasons:
        yield Error(code=code, level=ErrorLevel.FATAL, reason=reason, id=about)
