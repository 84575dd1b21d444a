"""DERGroupForecastQueries (IEC 61968-5): of which groups what is to be forecast, and for when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lxml import etree

from cim import errors
from cim.elements import MessageRefused
from cim.nouns import NOUNS
from cim.profiles.binding import Tag, read, write
from cim.profiles.der_parts import CurveStyle, FlowDirectionKind, Kind, TimeIntervalKind
from cim.profiles.parts import Named
from cim.xml import local_name

NOUN = NOUNS["DERGroupForecastQueries"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedParameter:
    der_parameter: Kind
    flow_direction: FlowDirectionKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSchedule:
    """The intervals to forecast, all of one length."""

    curve_style_kind: CurveStyle
    number_of_intervals: int
    start_time: datetime
    time_interval_duration: int
    time_interval_unit: TimeIntervalKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastQuery:
    parameters: Annotated[tuple[AskedParameter, ...], Tag("DERMonitorableParameter")]
    schedules: Annotated[tuple[AskedSchedule, ...], Tag("DispatchSchedule")]
    groups: Annotated[tuple[Named, ...], Tag("EndDeviceGroup")]


def to_element(query: ForecastQuery) -> etree._Element:
    """The DERGroupForecastQueries element. Raises MessageRefused for what XML forbids."""
    space = NOUN.profile_namespace
    root = etree.Element(etree.QName(space, NOUN.name), nsmap={None: space})
    write(root, query)
    return root


def from_element(root: etree._Element) -> ForecastQuery:
    """What is asked. Raises MessageRefused with the code to answer."""
    if local_name(root) != NOUN.name:
        raise MessageRefused(errors.NOUN_INVALID, f"{local_name(root)[:60]} is no {NOUN.name}")
    return read(ForecastQuery, root)
