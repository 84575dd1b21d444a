"""Actions for devices in a home (premises area network), that an EndDeviceControl may hold."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from cim.profiles.binding import Tag


class TransmissionModeKind(StrEnum):
    ANONYMOUS = "anonymous"
    BOTH = "both"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicAddress:
    """How a device is reached. A password is read if it is there; derportal writes none."""

    email1: str = ""
    email2: str = ""
    lan: str = ""
    mac: str = ""
    password: str = ""
    radio: str = ""
    user_id: Annotated[str, Tag("userID")] = ""
    web: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlledAppliance:
    """What is controlled."""

    is_electric_vehicle: bool | None = None
    is_exterior_lighting: bool | None = None
    is_generation_system: bool | None = None
    is_hvac_compressor_or_furnace: bool | None = None
    is_interior_lighting: bool | None = None
    is_irrigation_pump: bool | None = None
    is_managed_commercial_industrial_load: bool | None = None
    is_pool_pump_spa_jacuzzi: bool | None = None
    is_simple_misc_load: bool | None = None
    is_smart_appliance: bool | None = None
    is_strip_and_baseboard_heater: bool | None = None
    is_water_heater: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PanDemandResponse:
    """Less load for a while. Units: percent, degrees Celsius; ``duration`` in minutes."""

    avg_load_adjustment: Decimal | None = None
    cancel_control_mode: str = ""
    cancel_date_time: datetime | None = None
    cancel_now: bool | None = None
    command: str = ""
    cooling_offset: Decimal | None = None
    cooling_setpoint: Decimal | None = None
    criticality_level: str = ""
    duration: Decimal | None = None
    duration_indefinite: bool | None = None
    duty_cycle: Decimal | None = None
    enrollment_group: str = ""
    heating_offset: Decimal | None = None
    heating_setpoint: Decimal | None = None
    start_date_time: datetime | None = None
    appliance: ControlledAppliance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PanDisplay:
    """A text to show. Units: ``duration`` in minutes."""

    command: str = ""
    confirmation_required: bool | None = None
    duration: Decimal | None = None
    duration_indefinite: bool | None = None
    priority: str = ""
    start_date_time: datetime | None = None
    text_message: str = ""
    transmission_mode: TransmissionModeKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PanPricingDetail:
    """A price in the base unit of the currency per ``unit_of_measure``."""

    alternate_cost_delivered: Decimal | None = None
    alternate_cost_unit: str = ""
    current_time_date: datetime | None = None
    generation_price: Decimal | None = None
    generation_price_ratio: Decimal | None = None
    price: Decimal | None = None
    price_ratio: Decimal | None = None
    price_tier: int | None = None
    price_tier_count: int | None = None
    price_tier_label: str = ""
    rate_label: str = ""
    register_tier: str = ""
    unit_of_measure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanPricing:
    """Prices to show or to act on. Units: ``duration`` in minutes."""

    command: str = ""
    duration: Decimal | None = None
    duration_indefinite: bool | None = None
    provider_id: Annotated[int | None, Tag("providerID")] = None
    start_date_time: datetime | None = None
    pan_pricing_details: Annotated[tuple[PanPricingDetail, ...], Tag("PanPricingDetails")] = ()
