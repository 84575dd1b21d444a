"""One DER of one customer, told as messages. ``python -m cim.tests.examples`` rewrites the golden
files; read the difference before committing it."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import UUID

from cim import errors
from cim.envelope import (
    EVENT_VERBS,
    OBJECT_MRID,
    OBJECT_VERSION,
    SEQUENCE,
    Error,
    ErrorLevel,
    Id,
    ReplyResult,
    Verb,
)
from cim.messages import build_event, build_fault, build_reply, build_request, read
from cim.profiles import end_device_config, master_data_linkage_config
from cim.profiles.common import Name, Reference
from cim.profiles.end_device_config import Connectivity, DerFacts, DerIdentity, DerUnitFacts
from cim.profiles.master_data_linkage_config import Linkage
from cim.tests import iec_examples, profile_examples, reconciliation_examples
from cim.tests.part_5_examples import PART_5
from cim.xml import pretty

GOLDEN = Path(__file__).parent / "golden"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DER_MRID = "5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c01"
MESSAGE_ID = UUID("0b8f3f0a-55a4-4d0b-9d3e-0a6c8f1f1001")
CORRELATION_ID = UUID("0b8f3f0a-55a4-4d0b-9d3e-0a6c8f1f2002")
REPLY_ID = UUID("0b8f3f0a-55a4-4d0b-9d3e-0a6c8f1f3003")

PV = DerUnitFacts(
    mrid="5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c02",
    type="pv",
    quantity=2,
    manufacturer="Sunline",
    model="SL-5000",
    serial_number="SL5-0001",
    firmware_version="4.2.1",
    active_power_max_rating_w=Decimal("5000"),
    apparent_power_max_rating_va=Decimal("5500"),
    reactive_power_injected_max_rating_var=Decimal("2400"),
    reactive_power_absorbed_max_rating_var=Decimal("2400"),
    active_power_over_excited_rating_w=Decimal("4750"),
    over_excited_power_factor=Decimal("0.9"),
    active_power_under_excited_rating_w=Decimal("4750"),
    under_excited_power_factor=Decimal("0.9"),
    ac_voltage_nominal_rating_v=Decimal("240"),
    ac_voltage_maximum_rating_v=Decimal("264"),
    ac_voltage_minimum_rating_v=Decimal("211.2"),
    normal_operating_performance_category="B",
    abnormal_operating_performance_category="III",
    supported_control_modes=("voltVar", "voltWatt", "constantPowerFactor"),
)
BATTERY = DerUnitFacts(
    mrid="5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c03",
    type="storage",
    manufacturer="Voltbox",
    model="VB-10",
    serial_number="VB-77120",
    active_power_max_rating_w=Decimal("5000"),
    apparent_power_charge_max_rating_va=Decimal("5000"),
    active_power_charge_max_rating_w=Decimal("5000"),
    energy_capacity_wh=Decimal("10000"),
)
DER = DerFacts(
    mrid=DER_MRID,
    version=3,
    effective_at=NOON,
    type="mixed",
    is_smart_inverter=True,
    lifecycle_state="active",
    export_limit_w=Decimal("7500"),
    names=(Name("DER-2026-00042", "DER number", "Example Utility"),),
    connectivity=Connectivity(
        usage_point=Reference("5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c04", "SP-10042"),
        transformer=Reference("5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c05", "T-118"),
        feeder=Reference("5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c06", "Maple 12"),
        substation=Reference("5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c07", "Maple"),
        phase_code="s12",
        nominal_voltage_v=Decimal("240"),
    ),
    units=(PV, BATTERY),
    reason="permission to operate",
)
GONE = DerIdentity(mrid=DER_MRID, version=5, effective_at=NOON, reason="decommissioned")
LINKAGE = Linkage(
    der_mrid=DER_MRID,
    der_version=3,
    effective_at=NOON,
    customer_agreement_mrid="5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c08",
    pricing_structure=Reference("5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c09", "NEM-3"),
    service_location_mrid="5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c10",
    usage_point_mrid="5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c04",
    transformer=Reference("5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c05", "T-118"),
    service_supplier=Reference("5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c11", "Bright Aggregation"),
    reason="permission to operate",
)


def der_event(
    der: DerFacts | DerIdentity = DER,
    verb: Verb = Verb.CREATED,
    *,
    message_id: UUID = MESSAGE_ID,
    sequence: int = 17,
    is_typed: bool = True,
) -> bytes:
    return build_event(
        "EndDeviceConfig",
        verb,
        end_device_config.to_element(der),
        message_id=message_id,
        correlation_id=CORRELATION_ID,
        timestamp=NOON,
        source="derportal",
        context="TESTING",
        properties={
            SEQUENCE: str(sequence),
            OBJECT_MRID: der.mrid,
            OBJECT_VERSION: str(der.version),
        },
        is_typed=is_typed,
    )


def linkage_event(
    linkage: Linkage = LINKAGE,
    verb: Verb = Verb.CREATED,
    *,
    message_id: UUID = MESSAGE_ID,
    sequence: int = 18,
) -> bytes:
    return build_event(
        "MasterDataLinkageConfig",
        verb,
        master_data_linkage_config.to_element(linkage),
        message_id=message_id,
        correlation_id=CORRELATION_ID,
        timestamp=NOON,
        source="derportal",
        context="TESTING",
        properties={
            SEQUENCE: str(sequence),
            OBJECT_MRID: linkage.der_mrid,
            OBJECT_VERSION: str(linkage.der_version),
        },
    )


def ok_reply() -> bytes:
    return build_reply(
        read(der_event()),
        message_id=REPLY_ID,
        timestamp=NOON,
        source="DERMS",
        result=ReplyResult.OK,
        errors=[Error(code=errors.OK)],
    )


def failed_reply() -> bytes:
    finding = Error(
        code=errors.REFUSED_BY_RULE,
        level=ErrorLevel.FATAL,
        reason="the transformer is unknown",
        details="T-118 is not in the network model",
        id=Id(DER_MRID, object_type="EndDevice"),
        related_id=Id("T-118", kind="name", object_type="TransformerTank"),
    )
    return build_reply(
        read(der_event(is_typed=False)),
        message_id=REPLY_ID,
        timestamp=NOON,
        source="DERMS",
        result=ReplyResult.FAILED,
        errors=[finding],
    )


def fault() -> bytes:
    return build_fault([Error(code=errors.HEADER_MISSING, level=ErrorLevel.FATAL)])


def change_request() -> bytes:
    return build_request(
        "EndDeviceConfig",
        Verb.CHANGE,
        end_device_config.to_element(DER),
        message_id=MESSAGE_ID,
        correlation_id=CORRELATION_ID,
        timestamp=NOON,
        source="DERMS",
        context="TESTING",
        reply_address="https://derms.example/replies",
    )


PAYLOADS = {**profile_examples.PAYLOADS, **iec_examples.PAYLOADS}


def profile_message(name: str) -> bytes:
    """The message of one payload, an event if its verb is in the past tense."""
    noun, verb, payload = PAYLOADS[name]
    build = build_event if verb in EVENT_VERBS else build_request
    return build(
        noun,
        verb,
        payload(),
        message_id=MESSAGE_ID,
        correlation_id=CORRELATION_ID,
        timestamp=NOON,
        source="derportal",
        context="TESTING",
    )


MESSAGES: dict[str, Callable[[], bytes]] = {
    "created_end_device_config": der_event,
    "created_end_device_config_generic": lambda: der_event(is_typed=False),
    "deleted_end_device_config": lambda: der_event(GONE, Verb.DELETED),
    "change_end_device_config": change_request,
    "created_master_data_linkage_config": linkage_event,
    "reply_ok": ok_reply,
    "reply_failed_generic": failed_reply,
    "fault": fault,
    **PART_5,
    **reconciliation_examples.MESSAGES,
    **{name: partial(profile_message, name) for name in PAYLOADS},
}


def write_golden() -> None:
    for name, build in MESSAGES.items():
        (GOLDEN / f"{name}.xml").write_text(pretty(build()), encoding="utf-8")


if __name__ == "__main__":
    write_golden()
