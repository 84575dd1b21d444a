"""EndDeviceEvents (IEC 61968-9): what devices did or what happened to them.

Elements and their order are those of the published schema of 2011.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lxml import etree

from cim.nouns import NOUNS
from cim.profiles.binding import Mrid, Names, Tag, read_list, read_some, type_reference, write_lists
from cim.profiles.metering import DeviceCodeType
from cim.profiles.parts import Named, Status

NOUN = NOUNS["EndDeviceEvents"]
# Event types of IEC 61968-9 that answer the controls of the main contactor.
CONNECTED = "2.31.0.42"
DISCONNECTED = "2.31.0.68"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDeviceEventDetail:
    name: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDeviceEvent:
    """``assets`` is the device; ``end_device_event_type`` a code, for example :data:`CONNECTED`.

    An event that follows from a control carries the control's ``issuer_tracking_id``.
    """

    mrid: Mrid = ""
    created_date_time: datetime
    issuer_id: Annotated[str, Tag("issuerID")] = ""
    issuer_tracking_id: Annotated[str, Tag("issuerTrackingID")] = ""
    reason: str = ""
    severity: str = ""
    user_id: Annotated[str, Tag("userID")] = ""
    assets: Annotated[Named | None, Tag("Assets")] = None
    details: Annotated[tuple[EndDeviceEventDetail, ...], Tag("EndDeviceEventDetails")] = ()
    end_device_event_type: Annotated[str, type_reference("EndDeviceEventType")]
    names: Names = ()
    status: Status | None = None
    usage_point: Annotated[Named | None, Tag("UsagePoint")] = None


def to_element(
    events: Sequence[EndDeviceEvent], types: Sequence[DeviceCodeType] = ()
) -> etree._Element:
    """The EndDeviceEvents payload; ``types`` say what the codes of the events mean.

    Raises MessageRefused for what XML or the schema forbids.
    """
    return write_lists(NOUN, {"EndDeviceEvent": events, "EndDeviceEventType": types})


def from_element(root: etree._Element) -> tuple[EndDeviceEvent, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "EndDeviceEvent", EndDeviceEvent, root)


def types_from(root: etree._Element) -> tuple[DeviceCodeType, ...]:
    """What the payload says of its codes. Raises MessageRefused with the code to answer."""
    return read_some(NOUN, "EndDeviceEventType", DeviceCodeType, root)
