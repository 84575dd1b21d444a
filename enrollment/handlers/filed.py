"""A ServiceRequest of a message, read into the words of the services."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile

from cim import errors as codes
from cim.envelope import Id
from cim.profiles.end_device_config import DerUnitFacts
from cim.profiles.service_requests import DER_INTERCONNECTION, Attachment, EndDevice, ServiceRequest
from customers.selectors import (
    Customer,
    Provider,
    UsagePoint,
    User,
    customer_known_as,
    usage_points_of,
)
from exchange.services import refusal
from registry.selectors import NAMEPLATE_FIELDS, CommunicationProtocol, equipment_named
from tariffs.selectors import version_of_code

from ..clocks import local_date
from ..services import Acceptance, Answers
from .common import uuid_of

_NO_PROTOCOL = "none"


def id_of(filed: ServiceRequest) -> Id:
    """The object that an answer is about."""
    return Id(filed.mrid, object_type="ServiceRequest")


def customer_of(filed: ServiceRequest) -> Customer:
    """The customer that it is for.

    Raises InboundRefused; somebody without consent is answered in the same words, later.
    """
    named = filed.customer
    account = named.customer_account if named else None
    customer = customer_known_as(
        mrid=uuid_of(named.mrid) if named else None,
        account_number=account.names[0].name if account and account.names else "",
    )
    if customer is None:
        reason = "The customer gave you no consent to act for them."
        raise refusal(codes.NOT_AUTHORIZED, reason, id=id_of(filed))
    return customer


def answers_of(filed: ServiceRequest, customer: Customer, by: User, at: datetime) -> Answers:
    """What the message says of the application. Raises InboundRefused."""
    if filed.type != DER_INTERCONNECTION:
        reason = f"type must be {DER_INTERCONNECTION}"
        raise refusal(codes.REFUSED_BY_RULE, reason, id=id_of(filed))
    device = _device(filed)
    return Answers(
        usage_point=_usage_point(filed, customer),
        units=[_unit(each) for each in device.units] if device else [],
        export_limit_w=device.export_limit_w if device else None,
        is_operation_told=device is not None,
        communication_protocol=_protocol(filed, device),
        provider=_provider(filed, by),
        wanted_on=filed.requested_in_service_date,
        notes=filed.comment[:2000],
        diagram=_diagram(filed),
        acceptance=_acceptance(filed, at),
    )


def _device(filed: ServiceRequest) -> EndDevice | None:
    if len(filed.end_devices) > 1:
        reason = "one ServiceRequest is about one DER (EndDevices)"
        raise refusal(codes.TOO_MANY_ITEMS, reason, id=id_of(filed))
    return filed.end_devices[0] if filed.end_devices else None


def _usage_point(filed: ServiceRequest, customer: Customer) -> UsagePoint | None:
    if filed.usage_point is None:
        return None
    own = usage_points_of(customer)
    mrid, names = uuid_of(filed.usage_point.mrid), [each.name for each in filed.usage_point.names]
    found = own.filter(mrid=mrid).first() if mrid else own.filter(name__in=names).first()
    if found is None:
        reason = "the customer has no such usage point"
        raise refusal(codes.USAGE_POINT_INVALID, reason, id=id_of(filed))
    return found


def _unit(facts: DerUnitFacts) -> Mapping[str, Any]:
    """The fields of add_equipment(); the catalogue's entry of this make and model, if listed."""
    return {
        "equipment": equipment_named(facts.manufacturer, facts.model),
        "kind": facts.type,
        "quantity": facts.quantity,
        "manufacturer": facts.manufacturer,
        "model": facts.model,
        "serial_numbers": facts.serial_number,
        "firmware_version": facts.firmware_version,
        **{name: getattr(facts, name) for name in NAMEPLATE_FIELDS},
    }


def _protocol(filed: ServiceRequest, device: EndDevice | None) -> str:
    """Messages hold the name of the standard; we store its code."""
    chosen = (device.communication_protocol if device else "") or _NO_PROTOCOL
    known = {_NO_PROTOCOL: "", **{name: code for code, name in CommunicationProtocol.choices}}
    if chosen not in known:
        reason = f"communicationProtocol must be one of {', '.join(known)}"
        raise refusal(codes.INVALID, reason, id=id_of(filed))
    return known[chosen]


def _provider(filed: ServiceRequest, by: User) -> Provider | None:
    """A third party enrolls DER in its own program, nobody else's."""
    if filed.service_supplier is None:
        return None
    own = by.provider
    names = {each.name for each in filed.service_supplier.names}
    is_own = own is not None and (
        uuid_of(filed.service_supplier.mrid) == own.mrid
        or (not filed.service_supplier.mrid and own.name in names)
    )
    if not is_own:
        reason = "ServiceSupplier must be yourself"
        raise refusal(codes.SERVICE_SUPPLIER_INVALID, reason, id=id_of(filed))
    return own


def _diagram(filed: ServiceRequest) -> "ContentFile[bytes] | None":
    found = [each for each in filed.attachments if each.type == "one_line_diagram"]
    return _file(filed, found[-1]) if found else None


def _file(filed: ServiceRequest, paper: Attachment) -> "ContentFile[bytes]":
    try:
        content = base64.b64decode("".join(paper.content.split()), validate=True)
    except binascii.Error as error:
        reason = "Attachments/content is not base64"
        raise refusal(codes.INVALID, reason, id=id_of(filed)) from error
    return ContentFile(content, name=paper.title)


def _acceptance(filed: ServiceRequest, at: datetime) -> Acceptance | None:
    if filed.customer_agreement is None:
        return None
    structure = filed.pricing_structure
    code, revision = (structure.code, structure.revision_number) if structure else ("", "")
    version = version_of_code(code, revision, on=local_date(at))
    if version is None:
        reason = f"no tariff {code!r}, revision {revision!r}, takes applications"
        raise refusal(codes.PRICING_STRUCTURE_INVALID, reason, id=id_of(filed))
    signed = filed.customer_agreement
    return Acceptance(version=version, name=signed.signed_by, text_sha256=signed.text_sha256)
