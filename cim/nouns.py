"""The nouns we speak. Adding one is a profile, a schema, a golden file and a line here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Noun:
    """Where a noun's payload and its typed messages live (IEC 61968-100 naming pattern)."""

    name: str
    profile_namespace: str
    message_namespace: str

    @property
    def profile_schema(self) -> str:
        return f"{self.name}.xsd"

    @property
    def message_schema(self) -> str:
        return f"{self.name}Message.xsd"


def _ours(name: str) -> Noun:
    """A profile without a published schema: our own namespace, never one of iec.ch."""
    return Noun(name, f"urn:derportal:cim:2026:{name}#", f"urn:derportal:cim:2026:{name}Message")


def _iec(name: str, year: int) -> Noun:
    """A profile with a published schema, whose elements and order are kept."""
    space = f"http://iec.ch/TC57/{year}/{name}"
    return Noun(name, f"{space}#", f"{space}Message")


NOUNS: dict[str, Noun] = {
    noun.name: noun
    for noun in (
        _ours("EndDeviceConfig"),
        _ours("MasterDataLinkageConfig"),
        _ours("ServiceRequests"),
        _ours("CustomerAgreements"),
        _iec("WorkRequests", 2015),
        _iec("ServiceOrders", 2015),
        _iec("MaintenanceOrders", 2015),
        _iec("EndDeviceControls", 2011),
        _iec("EndDeviceEvents", 2011),
        _iec("MeterReadings", 2011),
    )
}
