"""ServiceRequests: a customer or their third party asks to connect a DER.

CIM knows ServiceRequest, but no published profile carries a nameplate, so this one is ours.
``create`` files an application; ``changed`` tells how it stands by ``status`` and needs no more
than the request's identity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from lxml import etree

from cim.nouns import NOUNS
from cim.profiles.binding import Codec, Mrid, Names, Tag, read_list, write_list
from cim.profiles.end_device_config import DerUnitFacts, read_unit, write_unit
from cim.profiles.parts import CustomerKind, Named, Status, StreetAddress

NOUN = NOUNS["ServiceRequests"]
DER_INTERCONNECTION = "DERInterconnection"


class ServiceRequestKind(StrEnum):
    """CIM ServiceRequestKind; it has no word for a DER, so Document.type says it."""

    CONNECT = "connect"
    CONSTRUCTION = "construction"
    DISCONNECT = "disconnect"
    INSPECTION = "inspection"
    NEWSERVICE = "newservice"
    OTHER = "other"
    RECONNECT = "reconnect"
    REPAIR = "repair"
    REPLACE = "replace"
    TEST = "test"
    TURNOFF = "turnoff"
    TURNON = "turnon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A paper, for example the one-line diagram; ``content`` is base64 of the file.

    ``type`` is one_line_diagram or other.
    """

    content: str
    media_type: str
    title: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who asks: by mRID, or by the account number. Names carry numbers, no person's name."""

    mrid: Mrid = ""
    kind: CustomerKind | None = None
    customer_account: Annotated[Named | None, Tag("CustomerAccount")] = None
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The customer accepted the tariff's terms: who signed, when, and the hash of the text read."""

    mrid: Mrid = ""
    signed_by: str
    signed_date_time: datetime
    text_sha256: Annotated[str, Tag("textSHA256")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingStructure:
    """The tariff by its code; ``revision_number`` is the version of its text."""

    mrid: Mrid = ""
    code: str = ""
    revision_number: str = ""
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDevice:
    """One DER to connect. Units: ``export_limit_w`` in W, None for no limit asked."""

    mrid: Mrid = ""
    export_limit_w: Annotated[Decimal | None, Tag("activePowerExportLimit", unit="W")] = None
    communication_protocol: str = ""
    is_smart_inverter: bool | None = None
    names: Names = ()
    units: Annotated[
        tuple[DerUnitFacts, ...], Tag("DERUnit", codec=Codec(write_unit, read_unit))
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLocation:
    mrid: Mrid = ""
    main_address: StreetAddress | None = None
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRequest:
    """An application, or how it stands.

    ``mrid`` is a UUID given by whoever files; ``version`` grows with every change. ``comment``
    are notes for the engineers. Times carry an offset.
    """

    mrid: Mrid
    comment: str = ""
    created_date_time: datetime | None = None
    kind: ServiceRequestKind
    last_modified_date_time: datetime | None = None
    requested_in_service_date: date | None = None
    type: str = DER_INTERCONNECTION
    version: int = 0
    attachments: Annotated[tuple[Attachment, ...], Tag("Attachments")] = ()
    customer: Annotated[Customer | None, Tag("Customer")] = None
    customer_agreement: Annotated[Acceptance | None, Tag("CustomerAgreement")] = None
    end_devices: Annotated[tuple[EndDevice, ...], Tag("EndDevices")] = ()
    names: Names = ()
    pricing_structure: Annotated[PricingStructure | None, Tag("PricingStructure")] = None
    service_location: Annotated[ServiceLocation | None, Tag("ServiceLocation")] = None
    service_supplier: Annotated[Named | None, Tag("ServiceSupplier")] = None
    status: Status | None = None
    usage_point: Annotated[Named | None, Tag("UsagePoint")] = None


def to_element(requests: Sequence[ServiceRequest]) -> etree._Element:
    """The ServiceRequests payload. Raises MessageRefused for what XML or the schema forbids."""
    return write_list(NOUN, "ServiceRequest", requests)


def from_element(root: etree._Element) -> tuple[ServiceRequest, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "ServiceRequest", ServiceRequest, root)
