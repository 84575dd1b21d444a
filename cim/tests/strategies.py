"""Arbitrary valid facts for the round-trip tests."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import strategies as st

from cim.envelope import Error, ErrorLevel, Id, Reply, ReplyResult
from cim.profiles.common import Name, Reference
from cim.profiles.end_device_config import Connectivity, DerFacts, DerIdentity, DerUnitFacts
from cim.profiles.master_data_linkage_config import Linkage
from cim.profiles.nameplate import RATINGS

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=40
)
TIME = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
NUMBER = st.decimals(0, Decimal("10000000000"), places=3, allow_nan=False, allow_infinity=False)
FACTOR = st.decimals(0, 1, places=3)
KIND = st.sampled_from(["pv", "storage", "pv_storage", "wind", "chp", "fuel_cell", "evse"])
REFERENCE = st.builds(Reference, TEXT, st.just("") | TEXT)
NAME = st.builds(Name, TEXT) | st.builds(Name, TEXT, TEXT) | st.builds(Name, TEXT, TEXT, TEXT)
VERSION = st.integers(0, 10**17)

UNIT = st.builds(
    DerUnitFacts,
    mrid=TEXT,
    type=KIND,
    quantity=st.integers(1, 1000),
    manufacturer=st.just("") | TEXT,
    model=st.just("") | TEXT,
    serial_number=st.just("") | TEXT,
    firmware_version=st.just("") | TEXT,
    active_power_max_rating_w=NUMBER,
    normal_operating_performance_category=st.sampled_from(["", "A", "B"]),
    abnormal_operating_performance_category=st.sampled_from(["", "I", "II", "III"]),
    supported_control_modes=st.lists(st.sampled_from(["voltVar", "freq-watt"])).map(tuple),
    **{
        rating.field: st.none() | (NUMBER if rating.unit else FACTOR)
        for rating in RATINGS
        if rating.field != "active_power_max_rating_w"
    },
)
CONNECTIVITY = st.builds(
    Connectivity,
    usage_point=REFERENCE,
    transformer=REFERENCE,
    feeder=REFERENCE,
    substation=REFERENCE,
    phase_code=st.sampled_from(["ABC", "A", "s12", "BCN"]),
    nominal_voltage_v=NUMBER,
)
DER = st.builds(
    DerFacts,
    mrid=TEXT,
    version=VERSION,
    effective_at=TIME,
    type=KIND | st.just("mixed"),
    is_smart_inverter=st.booleans(),
    lifecycle_state=st.sampled_from(["proposed", "active", "decommissioned"]),
    connectivity=CONNECTIVITY,
    units=st.lists(UNIT, min_size=1, max_size=3).map(tuple),
    names=st.lists(NAME, max_size=3).map(tuple),
    serial_number=st.just("") | TEXT,
    export_limit_w=st.none() | NUMBER,
    reason=st.just("") | TEXT,
)
IDENTITY = st.builds(
    DerIdentity, mrid=TEXT, version=VERSION, effective_at=TIME, reason=st.just("") | TEXT
)
LINKAGE = st.builds(
    Linkage,
    der_mrid=TEXT,
    der_version=VERSION,
    effective_at=TIME,
    customer_agreement_mrid=TEXT,
    pricing_structure=REFERENCE,
    service_location_mrid=TEXT,
    usage_point_mrid=TEXT,
    transformer=st.none() | REFERENCE,
    service_supplier=st.none() | REFERENCE,
    reason=st.just("") | TEXT,
)
ID = st.builds(Id, TEXT, st.sampled_from(["uuid", "name", "transaction", "other"]), TEXT)
REPLY = st.builds(
    Reply,
    result=st.sampled_from(ReplyResult),
    errors=st.lists(
        st.builds(
            Error,
            code=st.sampled_from(["0.0", "1.8", "6.1", "99.1"]),
            level=st.none() | st.sampled_from(ErrorLevel),
            reason=st.just("") | TEXT,
            details=st.just("") | TEXT,
            id=st.none() | ID,
            related_id=st.none() | ID,
            operation_id=st.none() | st.integers(0, 10**9),
        ),
        max_size=3,
    ).map(tuple),
    ids=st.lists(ID, max_size=3).map(tuple),
    operation_id=st.none() | st.integers(0, 10**9),
)
