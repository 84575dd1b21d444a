"""What a service order says of devices with their readings, and of usage points."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from cim.profiles.binding import NEEDED, Mrid, Names, Tag, type_reference
from cim.profiles.metering import ReadingQuality, ReadingReasonKind
from cim.profiles.parts import Interval, ShortAddress
from cim.profiles.work import CoordinateSystem, Hazard, InternalLocation, PositionPoint


class MeterMultiplierKind(StrEnum):
    CT_RATIO = "ctRatio"
    KE = "kE"
    KH = "kH"
    KR = "kR"
    PT_RATIO = "ptRatio"
    TRANSFORMER_RATIO = "transformerRatio"


class ServiceMultiplierKind(StrEnum):
    CT_RATIO = "ctRatio"
    PT_RATIO = "ptRatio"
    TRANSFORMER_RATIO = "transformerRatio"


class ServiceKind(StrEnum):
    ELECTRICITY = "electricity"
    GAS = "gas"
    HEAT = "heat"
    INTERNET = "internet"
    OTHER = "other"
    RATES = "rates"
    REFUSE = "refuse"
    SEWERAGE = "sewerage"
    TIME = "time"
    TV_LICENCE = "tvLicence"
    WATER = "water"


class SupplierKind(StrEnum):
    OTHER = "other"
    RETAILER = "retailer"
    UTILITY = "utility"


class UsagePointConnectedKind(StrEnum):
    CONNECTED = "connected"
    LOGICALLY_DISCONNECTED = "logicallyDisconnected"
    PHYSICALLY_DISCONNECTED = "physicallyDisconnected"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterMultiplier:
    mrid: Mrid = ""
    kind: Annotated[MeterMultiplierKind | None, NEEDED] = None
    value: Annotated[Decimal | None, NEEDED] = None
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value, as text: here the public schema asks for no number."""

    reason: ReadingReasonKind | None = None
    reported_date_time: datetime | None = None
    source: str = ""
    time_stamp: datetime | None = None
    value: str = ""
    reading_qualities: Annotated[tuple[ReadingQuality, ...], Tag("ReadingQualities")] = ()
    reading_type: Annotated[str, type_reference("ReadingType")]
    time_period: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReading:
    readings: Annotated[tuple[Reading, ...], Tag("Readings", is_needed=True)] = ()
    values_interval: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """The device that the crew works on, by mRID, serial number or name."""

    mrid: Mrid = ""
    amr_system: str = ""
    critical: bool | None = None
    form_number: str = ""
    serial_number: str = ""
    utc_number: str = ""
    meter_multipliers: Annotated[tuple[MeterMultiplier, ...], Tag("MeterMultipliers")] = ()
    meter_readings: Annotated[tuple[MeterReading, ...], Tag("MeterReadings")] = ()
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MetrologyRequirement:
    """What is to be measured, by reading types."""

    mrid: Mrid = ""
    reason: ReadingReasonKind | None = None
    names: Names = ()
    reading_types: Annotated[
        tuple[str, ...], replace(type_reference("ReadingTypes"), is_needed=True)
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCategory:
    mrid: Mrid = ""
    kind: Annotated[ServiceKind | None, NEEDED] = None
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceMultiplier:
    mrid: Mrid = ""
    kind: Annotated[ServiceMultiplierKind | None, NEEDED] = None
    value: Annotated[Decimal | None, NEEDED] = None
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSupplier:
    mrid: Mrid = ""
    kind: Annotated[SupplierKind | None, NEEDED] = None
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePointLocation:
    mrid: Mrid = ""
    access_method: str = ""
    direction: str = ""
    geo_info_reference: str = ""
    remark: str = ""
    site_access_problem: str = ""
    type: str = ""
    coordinate_system: Annotated[CoordinateSystem | None, Tag("CoordinateSystem")] = None
    hazards: Annotated[tuple[Hazard, ...], Tag("Hazards")] = ()
    internal_location: Annotated[InternalLocation | None, Tag("InternalLocation")] = None
    main_address: Annotated[ShortAddress | None, NEEDED] = None
    names: Names = ()
    position_points: Annotated[tuple[PositionPoint, ...], Tag("PositionPoints")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePoint:
    """Units: ``nominal_service_voltage`` in V, ``rated_current`` in A."""

    mrid: Mrid = ""
    check_billing: bool | None = None
    connection_state: UsagePointConnectedKind | None = None
    grounded: bool | None = None
    is_sdp: bool | None = None
    is_virtual: bool | None = None
    nominal_service_voltage: Decimal | None = None
    phase_code: str = ""
    rated_current: Annotated[Decimal | None, NEEDED] = None
    service_delivery_remark: str = ""
    service_priority: str = ""
    metrology_requirements: Annotated[
        tuple[MetrologyRequirement, ...], Tag("MetrologyRequirements")
    ] = ()
    names: Names = ()
    service_category: Annotated[ServiceCategory | None, Tag("ServiceCategory")] = None
    service_multipliers: Annotated[tuple[ServiceMultiplier, ...], Tag("ServiceMultipliers")] = ()
    service_supplier: Annotated[ServiceSupplier | None, Tag("ServiceSupplier")] = None
    usage_point_location: Annotated[UsagePointLocation | None, Tag("UsagePointLocation")] = None
