"""The nouns we speak. Adding one is a profile, a schema, a golden file and a line here."""

from dataclasses import dataclass

from cim.envelope import OPERATION_SET, Shape, Verb


@dataclass(frozen=True, slots=True)
class Noun:
    """Where a noun's payload and its typed messages live (IEC 61968-100 naming pattern)."""

    name: str
    profile_namespace: str
    message_namespace: str
    # The year in the payload's namespace of iec.ch, 0 for a namespace of our own.
    year: int = 0
    # The noun that answers, if this one is a query.
    answer: str = ""
    # What creates is checked against a schema of its own; what changes may leave out what stays.
    has_create_schema: bool = False

    @property
    def base(self) -> str:
        """The namespaces of messages and services without the noun."""
        return self.message_namespace.removesuffix(f"{self.name}Message")

    @property
    def query_namespace(self) -> str:
        """Namespace of the element that a get holds."""
        return f"{self.profile_namespace.removesuffix(f'{self.name}#')}{self.get_stem}#"

    @property
    def profile_schema(self) -> str:
        return f"{self.name}.xsd"

    @property
    def message_schema(self) -> str:
        return f"{self.name}Message.xsd"

    @property
    def create_schema(self) -> str:
        return f"{self.name}-create.xsd"

    @property
    def create_message_schema(self) -> str:
        """The message schema of what creates."""
        return f"{self.name}Message-create.xsd"

    @property
    def operation_set_namespace(self) -> str:
        """Namespace of the typed messages that hold several operations on the noun."""
        return f"{self.base}{self.operation_set_stem}Message"

    @property
    def operation_set_stem(self) -> str:
        """What those messages are named after."""
        return self.name + OPERATION_SET

    @property
    def get_namespace(self) -> str:
        """Namespace of the typed messages of a query."""
        return self.message_namespace if self.answer else f"{self.base}Get{self.name}Message"

    @property
    def get_stem(self) -> str:
        """What the typed messages of a query are named after."""
        return self.name if self.answer else f"Get{self.name}"

    def element(self, shape: Shape, verb: Verb, kind: str) -> tuple[str, str]:
        """Namespace and name of a typed message. ``kind`` is the noun of its header.

        ``verb`` is the one asked for: of a reply, that of the request.
        """
        if verb is Verb.GET:
            return self.get_namespace, self.get_stem + shape.value
        space, stem = self.message_namespace, self.name
        if kind == OPERATION_SET:
            space, stem = self.operation_set_namespace, self.operation_set_stem
        if shape in (Shape.RESPONSE, Shape.FAULT):
            return space, stem + shape.value
        return space, verb.value.capitalize() + stem


def _ours(name: str) -> Noun:
    """A profile without a published schema: our own namespace, never one of iec.ch."""
    return Noun(name, f"urn:derportal:cim:2026:{name}#", f"urn:derportal:cim:2026:{name}Message")


def _iec(
    name: str,
    year: int,
    answer: str = "",
    *,
    message_year: int = 0,
    has_create_schema: bool = False,
) -> Noun:
    """A profile with a published schema, whose elements and order are kept.

    ``message_year`` is the year of its typed messages, if it is another one.
    """
    base = "http://iec.ch/TC57/"
    message_space = f"{base}{message_year or year}/{name}Message"
    return Noun(name, f"{base}{year}/{name}#", message_space, year, answer, has_create_schema)


NOUNS: dict[str, Noun] = {
    noun.name: noun
    for noun in (
        _ours("EndDeviceConfig"),
        _ours("MasterDataLinkageConfig"),
        _ours("ServiceRequests"),
        _ours("CustomerAgreements"),
        _ours("Reconciliations"),
        _iec("WorkRequests", 2015, has_create_schema=True),
        _iec("ServiceOrders", 2015, has_create_schema=True),
        _iec("MaintenanceOrders", 2015, has_create_schema=True),
        _iec("EndDeviceControls", 2011, message_year=2017),
        _iec("EndDeviceEvents", 2011, message_year=2017),
        _iec("MeterReadings", 2011),
        _iec("DERGroups", 2017, has_create_schema=True),
        _iec("DERGroupQueries", 2017, answer="DERGroups"),
        _iec("DERGroupStatuses", 2017),
        _iec("DERGroupStatusQueries", 2017, answer="DERGroupStatuses"),
        _iec("DERGroupForecasts", 2017),
        _iec("DERGroupForecastQueries", 2017, answer="DERGroupForecasts"),
        _iec("DERGroupDispatches", 2017),
    )
}
