"""One payload of each noun beside the two that announce a DER; examples.py makes messages."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from lxml import etree

from cim.envelope import Verb
from cim.profiles import customer_agreements, service_orders, service_requests, work_requests
from cim.profiles.common import Name
from cim.profiles.end_device_config import DerUnitFacts
from cim.profiles.parts import (
    CustomerKind,
    Interval,
    Named,
    Organisation,
    Status,
    StreetAddress,
    StreetDetail,
    TownDetail,
)
from cim.profiles.work import (
    ActivityRecord,
    PositionPoint,
    Priority,
    TrackedAsset,
    WorkKind,
    WorkLocation,
    WorkStatusKind,
    WorkTaskKind,
    WorkTimeSchedule,
    WorkTimeScheduleKind,
)

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


def mrid(number: int) -> str:
    return f"5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b8{number:03d}"


ADDRESS = StreetAddress(
    street_detail=StreetDetail(address_general="12 Maple Street"),
    town_detail=TownDetail(name="Springfield", state_or_province="CA"),
)
PLACE = Named(mrid=mrid(4), names=(Name("SP-10042"),))
UNIT = DerUnitFacts(
    mrid=mrid(2),
    type="pv",
    quantity=2,
    manufacturer="Sunline",
    model="SL-5000",
    serial_number="SL5-0001 SL5-0002",
    active_power_max_rating_w=Decimal("5000"),
    apparent_power_max_rating_va=Decimal("5500"),
    normal_operating_performance_category="B",
    abnormal_operating_performance_category="III",
)
APPLICATION = service_requests.ServiceRequest(
    mrid=mrid(1),
    comment="The panel faces south.",
    created_date_time=NOON,
    kind=service_requests.ServiceRequestKind.OTHER,
    requested_in_service_date=date(2027, 2, 1),
    version=1,
    attachments=(
        service_requests.Attachment(
            content=b64encode(b"%PDF-1.7 one line").decode("ascii"),
            media_type="application/pdf",
            title="one-line.pdf",
            type="one_line_diagram",
        ),
    ),
    customer=service_requests.Customer(
        kind=CustomerKind.RESIDENTIAL,
        customer_account=Named(names=(Name("AC-100200", "account number", "Example Utility"),)),
    ),
    customer_agreement=service_requests.Acceptance(
        signed_by="A. Customer", signed_date_time=NOON, text_sha256="0123456789abcdef" * 4
    ),
    end_devices=(
        service_requests.EndDevice(
            mrid=mrid(3),
            export_limit_w=Decimal("7500"),
            communication_protocol="IEEE 2030.5",
            is_smart_inverter=True,
            units=(UNIT,),
        ),
    ),
    names=(Name("BA-77", "application", "Bright Aggregation"),),
    pricing_structure=service_requests.PricingStructure(code="NEM-3", revision_number="2026.1"),
    service_location=service_requests.ServiceLocation(main_address=ADDRESS),
    service_supplier=Named(mrid=mrid(11), names=(Name("Bright Aggregation"),)),
    usage_point=PLACE,
)
HELD = service_requests.ServiceRequest(
    mrid=mrid(1),
    kind=service_requests.ServiceRequestKind.OTHER,
    last_modified_date_time=EVENING,
    version=4,
    names=(Name("SR-2026-000042", "service request", "Example Utility"),),
    status=Status(
        date_time=EVENING,
        reason="network upgrade",
        remark="The transformer is replaced in March 2027.",
        value="onHold",
    ),
)
AGREEMENT = customer_agreements.CustomerAgreement(
    mrid=mrid(8),
    created_date_time=NOON,
    revision_number="2026.1",
    sign_date=date(2026, 11, 24),
    text_sha256="0123456789abcdef" * 4,
    title="Net energy metering",
    version=1,
    customer=Named(mrid=mrid(12)),
    customer_account=Named(mrid=mrid(13)),
    end_devices=(Named(mrid=mrid(3)),),
    names=(Name("SR-2026-000042", "service request", "Example Utility"),),
    pricing_structures=(
        service_requests.PricingStructure(mrid=mrid(9), code="NEM-3", revision_number="2026.1"),
    ),
    service_supplier=Named(mrid=mrid(11), names=(Name("Bright Aggregation"),)),
    status=Status(date_time=NOON, value="active"),
    usage_points=(PLACE,),
    validity_interval=Interval(start=NOON),
)
REVIEW = work_requests.WorkRequest(
    mrid=mrid(20),
    names=(Name("SR-2026-000042", "service request", "Example Utility"),),
    organisation=Organisation(names=(Name("Example Utility"),)),
    work=(
        work_requests.Work(
            mrid=mrid(21),
            kind=WorkKind.INSPECTION,
            last_modified_date_time=NOON,
            request_date_time=NOON,
            status_kind=WorkStatusKind.WAITING_ON_APPROVAL,
            activity_records=(
                ActivityRecord(created_date_time=NOON, reason="new DER", type="engineering review"),
            ),
            priority=Priority(rank=2, type="normal"),
            time_schedules=(
                WorkTimeSchedule(
                    kind=WorkTimeScheduleKind.LATEST, schedule_interval=Interval(end=EVENING)
                ),
            ),
            work_location=WorkLocation(
                main_address=ADDRESS,
                position_points=(PositionPoint(x_position="-121.98", y_position="37.51"),),
            ),
            work_tasks=(
                work_requests.WorkTask(
                    subject="Screen the DER at SP-10042",
                    task_kind=WorkTaskKind.INVESTIGATE,
                    assets=(TrackedAsset(mrid=mrid(3), critical=False, utc_number="SL5-0001"),),
                ),
            ),
        ),
    ),
)
VISIT = service_orders.ServiceOrder(
    mrid=mrid(30),
    names=(Name("WO-2026-000007", "work order", "Example Utility"),),
    work=(
        service_orders.Work(
            mrid=mrid(31),
            kind=WorkKind.INSPECTION,
            request_date_time=NOON,
            status_kind=WorkStatusKind.SCHEDULED,
            type="DER verification",
            appointments=(
                service_orders.Appointment(
                    call_ahead=True,
                    meeting_interval=service_orders.ClosedInterval(end=EVENING, start=NOON),
                ),
            ),
            customers=(service_orders.Customer(mrid=mrid(12), kind=CustomerKind.RESIDENTIAL),),
            work_location=service_orders.ServiceLocation(main_address=ADDRESS),
            work_tasks=(
                service_orders.WorkTask(
                    crew_eta=EVENING,
                    instruction="Compare the nameplates with the order.",
                    status_kind=WorkStatusKind.SCHEDULED,
                    subject="Verify the DER at SP-10042",
                    task_kind=WorkTaskKind.INVESTIGATE,
                    assets=(service_orders.Asset(mrid=mrid(3), serial_number="SL5-0001"),),
                    crews=(service_orders.Crew(names=(Name("Crew 7"),)),),
                    usage_point=service_orders.UsagePoint(
                        mrid=mrid(4),
                        nominal_service_voltage=Decimal("240"),
                        phase_code="s12",
                        rated_current=Decimal("200"),
                        names=(Name("SP-10042"),),
                    ),
                ),
            ),
        ),
    ),
)

PAYLOADS: dict[str, tuple[str, Verb, Callable[[], etree._Element]]] = {
    "create_service_requests": (
        "ServiceRequests",
        Verb.CREATE,
        lambda: service_requests.to_element([APPLICATION]),
    ),
    "changed_service_requests": (
        "ServiceRequests",
        Verb.CHANGED,
        lambda: service_requests.to_element([HELD]),
    ),
    "created_customer_agreements": (
        "CustomerAgreements",
        Verb.CREATED,
        lambda: customer_agreements.to_element([AGREEMENT]),
    ),
    "create_work_requests": (
        "WorkRequests",
        Verb.CREATE,
        lambda: work_requests.to_element([REVIEW]),
    ),
    "create_service_orders": (
        "ServiceOrders",
        Verb.CREATE,
        lambda: service_orders.to_element([VISIT]),
    ),
}
