"""CustomerAgreements: a customer agreed to a tariff for a DER.

IEC 61968-8 names the message; its schema is not public, so the profile is ours. It carries mRIDs,
codes and the hash of the text: no customer name, no address.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from lxml import etree

from cim.nouns import NOUNS
from cim.profiles.binding import Mrid, Names, Tag, read_list, write_list
from cim.profiles.parts import Interval, Named, Status
from cim.profiles.service_requests import PricingStructure

NOUN = NOUNS["CustomerAgreements"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAgreement:
    """``validity_interval`` has no end while the agreement holds.

    ``text_sha256`` is the hash of the text that was accepted, ``revision_number`` its version;
    ``version`` is that of this record and grows with every change.
    """

    mrid: Mrid
    created_date_time: datetime | None = None
    revision_number: str = ""
    sign_date: date | None = None
    text_sha256: Annotated[str, Tag("textSHA256")] = ""
    title: str = ""
    version: int = 0
    customer: Annotated[Named | None, Tag("Customer")] = None
    customer_account: Annotated[Named | None, Tag("CustomerAccount")] = None
    end_devices: Annotated[tuple[Named, ...], Tag("EndDevices")] = ()
    names: Names = ()
    pricing_structures: Annotated[tuple[PricingStructure, ...], Tag("PricingStructures")] = ()
    service_supplier: Annotated[Named | None, Tag("ServiceSupplier")] = None
    status: Status | None = None
    usage_points: Annotated[tuple[Named, ...], Tag("UsagePoints")] = ()
    validity_interval: Interval | None = None


def to_element(agreements: Sequence[CustomerAgreement]) -> etree._Element:
    """The CustomerAgreements payload. Raises MessageRefused for what XML or the schema forbids."""
    return write_list(NOUN, "CustomerAgreement", agreements)


def from_element(root: etree._Element) -> tuple[CustomerAgreement, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "CustomerAgreement", CustomerAgreement, root)
