"""What the profiles of IEC 61968-5 share: parameters, units, schedules."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from cim.profiles.binding import Tag


class DerParameterKind(StrEnum):
    ACTIVE_POWER = "activePower"
    APPARENT_POWER = "apparentPower"
    DECREASING_RAMP_RATE = "decreasingRampRate"
    HIGH_FILTER_BI_DIRECTIONAL_REGULATION = "highFilterBiDirectionalRegulation"
    HIGH_FILTER_DOWN_REGULATION = "highFilterDownRegulation"
    HIGH_FILTER_UP_REGULATION = "highFilterUpRegulation"
    INCREASING_RAMP_RATE = "increasingRampRate"
    LOW_FILTER_BI_DIRECTIONAL_REGULATION = "lowFilterBiDirectionalRegulation"
    LOW_FILTER_DOWN_REGULATION = "lowFilterDownRegulation"
    LOW_FILTER_UP_REGULATION = "lowFilterUpRegulation"
    REACTIVE_POWER = "reactivePower"
    VOLTAGE = "voltage"


class FlowDirectionKind(StrEnum):
    FORWARD = "forward"
    LAGGING = "lagging"
    LEADING = "leading"
    NET = "net"
    NONE = "none"
    Q1_MINUS_Q4 = "q1minusQ4"
    Q1_PLUS_Q2 = "q1plusQ2"
    Q1_PLUS_Q3 = "q1plusQ3"
    Q1_PLUS_Q4 = "q1plusQ4"
    Q2_MINUS_Q3 = "q2minusQ3"
    Q2_PLUS_Q3 = "q2plusQ3"
    Q2_PLUS_Q4 = "q2plusQ4"
    Q3_MINUS_Q2 = "q3minusQ2"
    Q3_PLUS_Q4 = "q3plusQ4"
    QUADRANT_1 = "quadrant1"
    QUADRANT_2 = "quadrant2"
    QUADRANT_3 = "quadrant3"
    QUADRANT_4 = "quadrant4"
    REVERSE = "reverse"
    TOTAL = "total"
    TOTAL_BY_PHASE = "totalByPhase"


class DerUnitSymbol(StrEnum):
    AMPERE = "A"
    AMPERE_HOUR = "Ah"
    AMPERE_SECOND = "As"
    BTU = "Btu"
    HERTZ = "Hz"
    QUANTITY_POWER = "Q"
    QUANTITY_ENERGY = "Qh"
    VOLT = "V"
    VOLT_AMPERE = "VA"
    VOLT_AMPERE_HOUR = "VAh"
    VAR = "VAr"
    VAR_HOUR = "VArh"
    VOLT_PER_VA = "VPerVA"
    VOLT_PER_VAR = "VPerVAr"
    VOLT_HOUR = "Vh"
    VOLT_SECOND = "Vs"
    WATT = "W"
    WATT_PER_AMPERE = "WPerA"
    WATT_PER_SECOND = "WPers"
    WATT_HOUR = "Wh"
    DEGREE = "deg"
    CELSIUS = "degC"
    HOUR = "h"
    MINUTE = "min"
    OHM = "ohm"
    OHM_PER_METER = "ohmPerm"
    OHM_METER = "ohmm"
    PER_HERTZ = "onePerHz"
    SECOND = "s"
    THERM = "therm"


class UnitMultiplier(StrEnum):
    EXA = "E"
    GIGA = "G"
    MEGA = "M"
    PETA = "P"
    TERA = "T"
    YOTTA = "Y"
    ZETTA = "Z"
    ATTO = "a"
    CENTI = "c"
    DECI = "d"
    DECA = "da"
    FEMTO = "f"
    HECTO = "h"
    KILO = "k"
    MILLI = "m"
    MICRO = "micro"
    NANO = "n"
    NONE = "none"
    PICO = "p"
    YOCTO = "y"
    ZEPTO = "z"


class CurveStyle(StrEnum):
    CONSTANT_Y_VALUE = "constantYValue"
    STRAIGHT_LINE_Y_VALUES = "straightLineYValues"


class TimeIntervalKind(StrEnum):
    DAY = "D"
    MONTH = "M"
    YEAR = "Y"
    HOUR = "h"
    MINUTE = "m"
    SECOND = "s"


Kind = Annotated[DerParameterKind, Tag("DERParameter")]
Maximum = Annotated[Decimal | None, Tag("maxYValue")]
Minimum = Annotated[Decimal | None, Tag("minYValue")]
Nominal = Annotated[Decimal | None, Tag("nominalYValue")]
InstalledMax = Annotated[Decimal | None, Tag("yUnitInstalledMax")]
InstalledMin = Annotated[Decimal | None, Tag("yUnitInstalledMin")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """CIM Status as IEC 61968-5 has it: every part may be absent."""

    date_time: datetime | None = None
    reason: str = ""
    remark: str = ""
    value: str = ""
