"""EndDeviceControls (IEC 61968-9): connect, disconnect or otherwise command devices or groups.

Elements and their order are those of the published schema of 2011. A control of devices in a home
may hold one of the actions of :mod:`cim.profiles.pan`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from lxml import etree

from cim.nouns import NOUNS
from cim.profiles.binding import (
    Mrid,
    Names,
    Tag,
    read_list,
    read_some,
    type_reference,
    write_lists,
)
from cim.profiles.metering import DeviceCodeType
from cim.profiles.pan import ElectronicAddress, PanDemandResponse, PanDisplay, PanPricing
from cim.profiles.parts import Interval, Named

NOUN = NOUNS["EndDeviceControls"]
# Control types of IEC 61968-9 for the main contactor: type 2, domain 31, subdomain 0, action.
CONNECT = "2.31.0.18"
DISCONNECT = "2.31.0.23"


class RandomisationKind(StrEnum):
    DEFAULT = "default"
    END = "end"
    NONE = "none"
    START = "start"
    START_AND_END = "startAndEnd"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDevice:
    mrid: Mrid = ""
    install_code: str = ""
    is_pan: bool | None = None
    electronic_address: ElectronicAddress | None = None
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDeviceTiming:
    """When the action is done. Units: ``duration`` in minutes."""

    duration: Decimal | None = None
    duration_indefinite: bool | None = None
    randomisation: RandomisationKind | None = None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDeviceControl:
    """``end_device_control_type`` is a code, for example :data:`CONNECT`.

    At most one of the three PAN actions is given.
    """

    mrid: Mrid = ""
    dr_program_level: int | None = None
    dr_program_mandatory: bool | None = None
    issuer_id: Annotated[str, Tag("issuerID")] = ""
    issuer_tracking_id: Annotated[str, Tag("issuerTrackingID")] = ""
    price_signal: Decimal | None = None
    reason: str = ""
    pan_demand_response: Annotated[PanDemandResponse | None, Tag("PanDemandResponse")] = None
    pan_display: Annotated[PanDisplay | None, Tag("PanDisplay")] = None
    pan_pricing: Annotated[PanPricing | None, Tag("PanPricing")] = None
    end_device_control_type: Annotated[str, type_reference("EndDeviceControlType")]
    end_device_groups: Annotated[tuple[Named, ...], Tag("EndDeviceGroups")] = ()
    end_devices: Annotated[tuple[EndDevice, ...], Tag("EndDevices")] = ()
    primary_device_timing: EndDeviceTiming | None = None
    secondary_device_timing: EndDeviceTiming | None = None
    usage_point_groups: Annotated[tuple[Named, ...], Tag("UsagePointGroups")] = ()
    usage_points: Annotated[tuple[Named, ...], Tag("UsagePoints")] = ()


def to_element(
    controls: Sequence[EndDeviceControl], types: Sequence[DeviceCodeType] = ()
) -> etree._Element:
    """The EndDeviceControls payload; ``types`` say what the codes of the controls mean.

    Raises MessageRefused for what XML or the schema forbids.
    """
    return write_lists(NOUN, {"EndDeviceControl": controls, "EndDeviceControlType": types})


def from_element(root: etree._Element) -> tuple[EndDeviceControl, ...]:
    """What the payload says. Raises MessageRefused with the code to answer."""
    return read_list(NOUN, "EndDeviceControl", EndDeviceControl, root)


def types_from(root: etree._Element) -> tuple[DeviceCodeType, ...]:
    """What the payload says of its codes. Raises MessageRefused with the code to answer."""
    return read_some(NOUN, "EndDeviceControlType", DeviceCodeType, root)
