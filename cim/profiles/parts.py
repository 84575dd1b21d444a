"""Small CIM classes that several profiles use: statuses, intervals, addresses, named objects."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cim.profiles.binding import Mrid, Names


class CustomerKind(StrEnum):
    """CIM CustomerKind."""

    RESIDENTIAL = "residential"
    RESIDENTIAL_AND_COMMERCIAL = "residentialAndCommercial"
    RESIDENTIAL_AND_STREETLIGHT = "residentialAndStreetlight"
    RESIDENTIAL_STREETLIGHT_OTHERS = "residentialStreetlightOthers"
    RESIDENTIAL_FARM_SERVICE = "residentialFarmService"
    COMMERCIAL_INDUSTRIAL = "commercialIndustrial"
    PUMPING_LOAD = "pumpingLoad"
    WIND_MACHINE = "windMachine"
    ENERGY_SERVICE_SUPPLIER = "energyServiceSupplier"
    ENERGY_SERVICE_SCHEDULER = "energyServiceScheduler"
    INTERNAL_USE = "internalUse"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Another object, by mRID, by its names, or by both."""

    mrid: Mrid = ""
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """CIM DateTimeInterval; an open end is None."""

    end: datetime | None = None
    start: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """CIM Status: what it is since when, and why."""

    date_time: datetime | None = None
    reason: str = ""
    remark: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetDetail:
    """``address_general`` is the street line as it is written on a letter."""

    address_general: str
    building_name: str = ""
    code: str = ""
    name: str = ""
    number: str = ""
    prefix: str = ""
    suffix: str = ""
    suite_number: str = ""
    type: str = ""
    within_town_limits: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TownDetail:
    code: str = ""
    country: str = ""
    name: str
    section: str = ""
    state_or_province: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetAddress:
    street_detail: StreetDetail
    town_detail: TownDetail
