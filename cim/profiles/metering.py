"""What MeterReadings and ServiceOrders (IEC 61968-9 and -6) say of readings and their types.

A type is named by its code wherever a reading has one; a catalogue beside the readings may say
what the codes mean.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from cim.profiles.binding import NAMES_NEEDED, NEEDED, Mrid, type_reference
from cim.profiles.common import Name


class ReadingReasonKind(StrEnum):
    BILLING = "billing"
    DEMAND_RESET = "demandReset"
    INQUIRY = "inquiry"
    INSTALLATION = "installation"
    LOAD_MANAGEMENT = "loadManagement"
    LOAD_RESEARCH = "loadResearch"
    MOVE_IN = "moveIn"
    MOVE_OUT = "moveOut"
    OTHER = "other"
    REMOVAL = "removal"
    SERVICE_CONNECT = "serviceConnect"
    SERVICE_DISCONNECT = "serviceDisconnect"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingQuality:
    """``reading_quality_type`` is a code, for example 1.0.0 for valid."""

    comment: str = ""
    source: str = ""
    time_stamp: datetime | None = None
    reading_quality_type: Annotated[str, type_reference("ReadingQualityType")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RationalNumber:
    denominator: Annotated[int | None, NEEDED] = None
    numerator: Annotated[int | None, NEEDED] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingType:
    """What the code in ``names`` means, part by part; MeterReadings wants one name."""

    mrid: Mrid = ""
    accumulation: str = ""
    aggregate: str = ""
    commodity: str = ""
    consumption_tier: int | None = None
    cpp: int | None = None
    currency: str = ""
    flow_direction: str = ""
    macro_period: str = ""
    measurement_kind: str = ""
    measuring_period: str = ""
    multiplier: str = ""
    phases: str = ""
    tou: int | None = None
    unit: str = ""
    argument: RationalNumber | None = None
    interharmonic: RationalNumber | None = None
    names: Annotated[tuple[Name, ...], NAMES_NEEDED] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingQualityType:
    """What the code in ``names`` means; MeterReadings wants one name."""

    mrid: Mrid = ""
    category: str = ""
    sub_category: str = ""
    system_id: str = ""
    names: Annotated[tuple[Name, ...], NAMES_NEEDED] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCodeType:
    """What a code of a control or an event means: type.domain.subDomain.eventOrAction."""

    mrid: Mrid = ""
    domain: str = ""
    event_or_action: str = ""
    sub_domain: str = ""
    type: str = ""
    names: Annotated[tuple[Name, ...], NAMES_NEEDED] = ()
