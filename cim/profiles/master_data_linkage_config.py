"""MasterDataLinkageConfig: to which agreement, tariff, supplier and place a DER belongs.

The standard (IEC 61968-9) names the noun; the profile is ours. It carries mRIDs and codes only:
no customer name, no address, no account.
"""

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from cim import errors
from cim.elements import (
    MessageRefused,
    add,
    needed,
    needed_text,
    read_integer,
)
from cim.nouns import NOUNS
from cim.profiles.common import (
    Reference,
    needed_reference,
    read_event,
    read_reference,
    write_event,
    write_reference,
)
from cim.xml import local_name

NOUN = NOUNS["MasterDataLinkageConfig"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """The links of one DER.

    ``der_version`` is the version of the DER record when the links were read; it grows with every
    change. ``pricing_structure.name`` is the tariff's code. ``service_supplier`` is the third
    party, None without one. ``effective_at`` has an offset. In a ``deleted`` message the links
    are those that ended.
    """

    der_mrid: str
    der_version: int
    effective_at: datetime
    customer_agreement_mrid: str
    pricing_structure: Reference
    service_location_mrid: str
    usage_point_mrid: str
    transformer: Reference | None = None
    service_supplier: Reference | None = None
    reason: str = ""


def to_element(linkage: Linkage) -> etree._Element:
    """The MasterDataLinkageConfig payload. Raises MessageRefused for what XML forbids."""
    root = etree.Element(
        etree.QName(NOUN.profile_namespace, NOUN.name), nsmap={None: NOUN.profile_namespace}
    )
    write_event(root, linkage.effective_at, linkage.reason)
    write_reference(root, "CustomerAgreement", Reference(linkage.customer_agreement_mrid))
    device = add(root, "EndDevice")
    add(device, "mRID", linkage.der_mrid)
    add(device, "version", str(linkage.der_version))
    write_reference(root, "PricingStructure", linkage.pricing_structure)
    write_reference(root, "ServiceLocation", Reference(linkage.service_location_mrid))
    write_reference(root, "ServiceSupplier", linkage.service_supplier)
    write_reference(root, "TransformerTank", linkage.transformer)
    write_reference(root, "UsagePoint", Reference(linkage.usage_point_mrid))
    return root


def from_element(root: etree._Element) -> Linkage:
    """What the payload says. Raises MessageRefused with the code to answer."""
    if local_name(root) != NOUN.name:
        raise MessageRefused(errors.NOUN_INVALID, f"{local_name(root)[:60]} is no {NOUN.name}")
    effective_at, reason = read_event(root)
    device = needed(root, "EndDevice")
    return Linkage(
        der_mrid=needed_text(device, "mRID"),
        der_version=read_integer(needed_text(device, "version")),
        effective_at=effective_at,
        reason=reason,
        customer_agreement_mrid=needed_reference(root, "CustomerAgreement").mrid,
        pricing_structure=needed_reference(root, "PricingStructure"),
        service_location_mrid=needed_reference(root, "ServiceLocation").mrid,
        usage_point_mrid=needed_reference(root, "UsagePoint").mrid,
        transformer=read_reference(root, "TransformerTank"),
        service_supplier=read_reference(root, "ServiceSupplier"),
    )
