"""The members of a group as xsdata would have them: its dataclasses and serializer."""

from dataclasses import dataclass, field

from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.serializers import XmlSerializer

from cim.profiles.parts import Named

SPACE = "http://iec.ch/TC57/2017/DERGroups#"
ELEMENT = {"type": "Element", "namespace": SPACE}


@dataclass
class Names:
    name: str = field(default="", metadata=ELEMENT)


@dataclass
class EndDevice:
    mrid: str = field(default="", metadata={**ELEMENT, "name": "mRID"})
    names: list[Names] = field(default_factory=list, metadata={**ELEMENT, "name": "Names"})


@dataclass
class EndDeviceGroup:
    devices: list[EndDevice] = field(
        default_factory=list, metadata={**ELEMENT, "name": "EndDevices"}
    )


@dataclass
class DERGroups:
    class Meta:
        namespace = SPACE

    group: EndDeviceGroup | None = field(
        default=None, metadata={**ELEMENT, "name": "EndDeviceGroup"}
    )


def loaded(payload: bytes) -> DERGroups:
    read: DERGroups = XmlParser().from_bytes(payload, DERGroups)
    return read


def dumped(members: list[Named]) -> str:
    devices = [EndDevice(each.mrid, [Names(each.names[0].name)]) for each in members]
    return XmlSerializer().render(DERGroups(EndDeviceGroup(devices)))
