"""A group of two DER, told as the messages of IEC 61968-5."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from lxml import etree

from cim import messages
from cim.envelope import Id, ReplyResult, Request, Verb
from cim.operations import Operation, OperationSet
from cim.profiles import (
    der_group_dispatches,
    der_group_forecast_queries,
    der_group_forecasts,
    der_group_queries,
    der_group_status_queries,
    der_group_statuses,
    der_groups,
)
from cim.profiles.common import Name
from cim.profiles.der_groups import DerFunction, DerGroup, Version
from cim.profiles.der_parts import (
    CurveStyle,
    DerParameterKind,
    DerUnitSymbol,
    FlowDirectionKind,
    Status,
    TimeIntervalKind,
    UnitMultiplier,
)
from cim.profiles.parts import Named

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "message_id": UUID("0b8f3f0a-55a4-4d0b-9d3e-0a6c8f1f1001"),
    "correlation_id": UUID("0b8f3f0a-55a4-4d0b-9d3e-0a6c8f1f2002"),
    "timestamp": NOON,
    "source": "derportal",
    "context": "TESTING",
}
REPLY_ID = UUID("0b8f3f0a-55a4-4d0b-9d3e-0a6c8f1f3003")
GROUP_MRID = "5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7d01"
NAMES = (Name("Maple 12 storage", "DER group", "Example Utility"),)
GROUP = DerGroup(
    mrid=GROUP_MRID,
    description="Batteries on Maple 12",
    der_function=DerFunction(connect_disconnect=True, real_power_dispatch=True),
    end_devices=(
        Named(mrid="5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c01", names=(Name("DER-2026-00042"),)),
        Named(mrid="5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c21"),
    ),
    names=NAMES,
    version=Version(date=NOON, major=1, minor=0, revision=0),
)
CHANGED_GROUP = DerGroup(
    mrid=GROUP_MRID,
    end_devices=(Named(mrid="5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c22"),),
    names=NAMES,
    version=Version(date=NOON, major=1, minor=1, revision=0),
)
LEAVING = DerGroup(end_devices=(GROUP.end_devices[1],), names=NAMES)
ASKED = Named(mrid=GROUP_MRID, names=NAMES)
STATUS = der_group_statuses.GroupStatus(
    mrid=GROUP_MRID,
    parameters=(
        der_group_statuses.MonitorableParameter(
            der_parameter=DerParameterKind.ACTIVE_POWER,
            flow_direction=FlowDirectionKind.REVERSE,
            y_multiplier=UnitMultiplier.KILO,
            y_unit=DerUnitSymbol.WATT,
            y_unit_installed_max=Decimal(10),
            y_unit_installed_min=Decimal(0),
            der_curve_data=der_group_statuses.CurveData(
                max_y_value=Decimal("9.5"),
                min_y_value=Decimal(0),
                nominal_y_value=Decimal("4.25"),
                time_stamp=NOON,
            ),
        ),
    ),
    names=NAMES,
    status=Status(date_time=NOON, value="Online"),
)
FORECAST = der_group_forecasts.GroupForecast(
    mrid="5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7d02",
    prediction_creation_date=NOON,
    end_device_group=der_group_forecasts.ForecastGroup(
        mrid=GROUP_MRID,
        parameters=(
            der_group_forecasts.MonitorableParameter(
                der_parameter=DerParameterKind.ACTIVE_POWER,
                y_multiplier=UnitMultiplier.KILO,
                y_unit=DerUnitSymbol.WATT,
                schedules=(
                    der_group_forecasts.DispatchSchedule(
                        confidence=Decimal(90),
                        curve_style_kind=CurveStyle.CONSTANT_Y_VALUE,
                        start_time=NOON,
                        time_interval_duration=15,
                        time_interval_unit=TimeIntervalKind.MINUTE,
                        der_curve_data=(
                            der_group_forecasts.CurveData(
                                interval_number=1,
                                max_y_value=Decimal(8),
                                min_y_value=Decimal(-8),
                            ),
                            der_group_forecasts.CurveData(
                                interval_number=2, nominal_y_value=Decimal("7.5")
                            ),
                        ),
                    ),
                ),
            ),
        ),
        names=NAMES,
    ),
)
DISPATCH = der_group_dispatches.GroupDispatch(
    mrid="5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7d03",
    end_device_group=der_group_dispatches.DispatchedGroup(
        mrid=GROUP_MRID,
        parameter=der_group_dispatches.MonitorableParameter(
            der_parameter=DerParameterKind.ACTIVE_POWER,
            y_multiplier=UnitMultiplier.KILO,
            y_unit=DerUnitSymbol.WATT,
            schedules=(
                der_group_dispatches.DispatchSchedule(
                    curve_style_kind=CurveStyle.CONSTANT_Y_VALUE,
                    start_time=NOON,
                    time_interval_duration=1,
                    time_interval_unit=TimeIntervalKind.HOUR,
                    der_curve_data=(
                        der_group_dispatches.CurveData(
                            interval_number=1, nominal_y_value=Decimal("-4.5")
                        ),
                    ),
                ),
            ),
        ),
        names=NAMES,
    ),
    names=(Name("Evening peak"),),
)
FORECAST_QUERY = der_group_forecast_queries.ForecastQuery(
    parameters=(
        der_group_forecast_queries.AskedParameter(
            der_parameter=DerParameterKind.ACTIVE_POWER, flow_direction=FlowDirectionKind.NET
        ),
    ),
    schedules=(
        der_group_forecast_queries.AskedSchedule(
            curve_style_kind=CurveStyle.STRAIGHT_LINE_Y_VALUES,
            number_of_intervals=4,
            start_time=NOON,
            time_interval_duration=15,
            time_interval_unit=TimeIntervalKind.MINUTE,
        ),
    ),
    groups=(ASKED,),
)


def query(noun: str = "DERGroupQueries", *, is_typed: bool = True) -> bytes:
    return messages.build_query(noun, QUERIES[noun](), **FACTS, is_typed=is_typed)


QUERIES: dict[str, Callable[[], etree._Element]] = {
    "DERGroupQueries": lambda: der_group_queries.to_element([ASKED]),
    "DERGroupStatusQueries": lambda: der_group_status_queries.to_element([ASKED]),
    "DERGroupForecastQueries": lambda: der_group_forecast_queries.to_element(FORECAST_QUERY),
}


def answer() -> bytes:
    return messages.build_reply(
        messages.read(query()),
        message_id=REPLY_ID,
        timestamp=NOON,
        source="DERMS",
        result=ReplyResult.OK,
        payload_element=der_groups.to_element([GROUP]),
    )


def removal(verb: Verb = Verb.EXECUTE, *, is_typed: bool = True) -> bytes:
    operation = Operation(
        operation_id=1,
        noun="DERGroups",
        verb=Verb.DELETE,
        is_element=True,
        payload=der_groups.to_element([LEAVING]),
    )
    told = OperationSet(operations=(operation,), is_atomic=True)
    return messages.build_operation_set("DERGroups", verb, told, **FACTS, is_typed=is_typed)


def removal_reply() -> bytes:
    return messages.build_reply(
        messages.read(removal()),
        message_id=REPLY_ID,
        timestamp=NOON,
        source="DERMS",
        result=ReplyResult.OK,
    )


def request(verb: Verb, noun: str, payload: etree._Element) -> bytes:
    return messages.build_request(noun, verb, payload, **FACTS)


def event(verb: Verb, noun: str, payload: etree._Element) -> bytes:
    return messages.build_event(noun, verb, payload, **FACTS)


PART_5: dict[str, Callable[[], bytes]] = {
    "create_der_groups": lambda: request(Verb.CREATE, "DERGroups", der_groups.to_element([GROUP])),
    "change_der_groups": lambda: request(
        Verb.CHANGE, "DERGroups", der_groups.to_element([CHANGED_GROUP])
    ),
    "delete_der_groups": lambda: request(
        Verb.DELETE, "DERGroups", der_groups.to_element([DerGroup(names=NAMES)])
    ),
    "created_der_groups": lambda: event(Verb.CREATED, "DERGroups", der_groups.to_element([GROUP])),
    "execute_der_groups_operation_set": removal,
    "execute_der_groups_operation_set_generic": lambda: removal(is_typed=False),
    "executed_der_groups_operation_set": lambda: removal(Verb.EXECUTED),
    "der_groups_operation_set_response": removal_reply,
    "der_group_queries_request": query,
    "der_group_queries_request_generic": lambda: query(is_typed=False),
    "der_group_queries_response": answer,
    "der_group_status_queries_request": lambda: query("DERGroupStatusQueries"),
    "der_group_forecast_queries_request": lambda: query("DERGroupForecastQueries"),
    "changed_der_group_statuses": lambda: event(
        Verb.CHANGED, "DERGroupStatuses", der_group_statuses.to_element([STATUS])
    ),
    "created_der_group_forecasts": lambda: event(
        Verb.CREATED, "DERGroupForecasts", der_group_forecasts.to_element([FORECAST])
    ),
    "create_der_group_dispatches": lambda: request(
        Verb.CREATE, "DERGroupDispatches", der_group_dispatches.to_element([DISPATCH])
    ),
    "get_end_device_config_request": lambda: messages.build_query(
        "EndDeviceConfig",
        request=Request(ids=(Id("5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c01"),)),
        **FACTS,
    ),
}
