"""Small CIM classes that several profiles use: statuses, intervals, addresses, named objects."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from cim.profiles.binding import NEEDED, Mrid, Names, Tag


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

    address_general: Annotated[str, NEEDED] = ""
    address_general2: str = ""
    address_general3: str = ""
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
    name: Annotated[str, NEEDED] = ""
    section: str = ""
    state_or_province: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetAddress:
    street_detail: Annotated[StreetDetail | None, NEEDED] = None
    town_detail: Annotated[TownDetail | None, NEEDED] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortStreetDetail:
    """A street detail with one free line, as organisations and usage points have it."""

    address_general: Annotated[str, NEEDED] = ""
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
class ShortAddress:
    """A street address with one free line."""

    street_detail: Annotated[ShortStreetDetail | None, NEEDED] = None
    town_detail: Annotated[TownDetail | None, NEEDED] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TelephoneNumber:
    area_code: str = ""
    city_code: str = ""
    country_code: str = ""
    extension: str = ""
    local_number: Annotated[str, NEEDED] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Who asks for the work or does it."""

    mrid: Mrid = ""
    names: Names = ()
    phone1: TelephoneNumber | None = None
    street_address: ShortAddress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Only where a schema asks for it: derportal itself never writes a person's name."""

    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewMember:
    person: Annotated[Person | None, Tag("Person", is_needed=True)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A document about the work, by its address."""

    comment: Annotated[str, Tag("Comment")] = ""
    description: Annotated[str, Tag("Description")] = ""
    url: Annotated[str, Tag("Url", is_needed=True)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachments:
    attachment: Annotated[tuple[Attachment, ...], Tag("Attachment", is_needed=True)] = ()
