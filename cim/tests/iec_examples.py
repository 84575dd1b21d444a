"""Payloads of the nouns about devices and meters, and of planned work."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from lxml import etree

from cim.envelope import Verb
from cim.profiles import (
    end_device_controls,
    end_device_events,
    maintenance_orders,
    meter_readings,
    metering,
)
from cim.profiles.common import Name
from cim.profiles.parts import Interval, Named, Organisation, Status
from cim.profiles.work import Hazard, WorkKind, WorkStatusKind
from cim.profiles.work import WorkTaskKind as TaskKind
from cim.tests.profile_examples import ADDRESS, EVENING, NOON, mrid

QUARTER = timedelta(minutes=15)
GROUP = Named(mrid=mrid(40), names=(Name("DG2"),))
DISCONNECT = end_device_controls.EndDeviceControl(
    mrid=mrid(41),
    issuer_id="derportal",
    issuer_tracking_id="D-2026-17",
    reason="network protection",
    end_device_control_type=end_device_controls.DISCONNECT,
    end_device_groups=(GROUP,),
    end_devices=(end_device_controls.EndDevice(mrid=mrid(3)),),
    primary_device_timing=end_device_controls.EndDeviceTiming(
        duration=Decimal("30"), interval=Interval(end=EVENING, start=NOON)
    ),
)
DISCONNECTED = end_device_events.EndDeviceEvent(
    mrid=mrid(42),
    created_date_time=NOON,
    issuer_id="derportal",
    issuer_tracking_id="D-2026-17",
    reason="network protection",
    assets=Named(mrid=mrid(3), names=(Name("DER-2026-00042"),)),
    details=(end_device_events.EndDeviceEventDetail(name="group", value="DG2"),),
    end_device_event_type=end_device_events.DISCONNECTED,
    status=Status(date_time=NOON, value="disconnected"),
    usage_point=Named(mrid=mrid(4)),
)


def _block(reading_type: str, *values: str) -> meter_readings.IntervalBlock:
    return meter_readings.IntervalBlock(
        interval_readings=tuple(
            meter_readings.IntervalReading(
                source="MDM",
                time_stamp=NOON + (number + 1) * QUARTER,
                value=Decimal(value),
                reading_qualities=(metering.ReadingQuality(reading_quality_type="1.0.0"),),
                time_period=Interval(
                    end=NOON + (number + 1) * QUARTER, start=NOON + number * QUARTER
                ),
            )
            for number, value in enumerate(values)
        ),
        reading_type=reading_type,
    )


USAGE = meter_readings.MeterReading(
    interval_blocks=(
        _block(meter_readings.DELIVERED_15_MINUTES, "0.125", "0"),
        _block(meter_readings.RECEIVED_15_MINUTES, "0", "1.75"),
    ),
    meter=meter_readings.Meter(
        mrid=mrid(50), names=(Name("M-778812", "meter number", "Example Utility"),)
    ),
    readings=(
        meter_readings.Reading(
            reason=metering.ReadingReasonKind.BILLING,
            time_stamp=NOON,
            value=Decimal("12345.678"),
            reading_type="0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0",
        ),
    ),
    usage_point=Named(mrid=mrid(4), names=(Name("SP-10042"),)),
    values_interval=Interval(end=NOON + 2 * QUARTER, start=NOON),
)
UPKEEP = maintenance_orders.MaintenanceOrder(
    mrid=mrid(60),
    names=(Name("MO-12", "maintenance order", "Example Utility"),),
    organisation=Organisation(names=(Name("Example Utility"),)),
    work=(
        maintenance_orders.Work(
            kind=WorkKind.MAINTENANCE,
            status_kind=WorkStatusKind.WAITING_TO_BE_SCHEDULED,
            work_location=maintenance_orders.WorkLocation(
                main_address=ADDRESS, hazards=(Hazard(type="dog"),)
            ),
            work_tasks=(
                maintenance_orders.WorkTask(
                    status_kind=WorkStatusKind.WAITING_TO_BE_SCHEDULED,
                    subject="Replace transformer T-118",
                    task_kind=TaskKind.EXCHANGE,
                    assets=(maintenance_orders.Asset(critical=True, utc_number="T-118-NEW"),),
                    old_asset=maintenance_orders.Asset(critical=True, utc_number="T-118"),
                ),
            ),
        ),
    ),
)

PAYLOADS: dict[str, tuple[str, Verb, Callable[[], etree._Element]]] = {
    "create_maintenance_orders": (
        "MaintenanceOrders",
        Verb.CREATE,
        lambda: maintenance_orders.to_element([UPKEEP]),
    ),
    "create_end_device_controls": (
        "EndDeviceControls",
        Verb.CREATE,
        lambda: end_device_controls.to_element([DISCONNECT]),
    ),
    "created_end_device_events": (
        "EndDeviceEvents",
        Verb.CREATED,
        lambda: end_device_events.to_element([DISCONNECTED]),
    ),
    "created_meter_readings": (
        "MeterReadings",
        Verb.CREATED,
        lambda: meter_readings.to_element([USAGE]),
    ),
}
