"""EndDeviceConfig: one DER with its units and where it hangs on the network.

The standard (IEC 61968-9) names the noun; its schema is not public, so the profile is ours, with
CIM class and attribute names. ``created`` says that the DER was approved, ``changed`` that the
record changed, ``deleted`` that the DER is gone. Created and changed carry the whole record, never
a difference; deleted may carry the identity alone.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypedDict, cast

from lxml import etree

from cim import errors
from cim.elements import (
    MessageRefused,
    add,
    add_filled,
    child,
    children,
    needed,
    needed_text,
    read_flag,
    read_integer,
    text,
    write_flag,
)
from cim.nouns import NOUNS
from cim.profiles.common import (
    Name,
    Reference,
    needed_reference,
    read_event,
    read_names,
    write_event,
    write_names,
    write_reference,
)
from cim.profiles.nameplate import (
    RATINGS,
    read_quantity,
    read_ratings,
    write_quantity,
    write_ratings,
)
from cim.xml import local_name

NOUN = NOUNS["EndDeviceConfig"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DerUnitFacts:
    """One kind of equipment of a DER, ``quantity`` times; ratings are of one piece.

    ``type`` is one of the schema's words (pv, storage, pv_storage, evse, wind, chp, fuel_cell,
    reciprocating_engine). Ratings carry their unit in the name; unknown is None, never 0.
    Categories are those of IEEE 1547-2018: "A" or "B", and "I", "II" or "III"; "" if unknown.
    """

    mrid: str
    type: str
    active_power_max_rating_w: Decimal
    quantity: int = 1
    manufacturer: str = ""
    model: str = ""
    serial_number: str = ""
    firmware_version: str = ""
    apparent_power_max_rating_va: Decimal | None = None
    reactive_power_injected_max_rating_var: Decimal | None = None
    reactive_power_absorbed_max_rating_var: Decimal | None = None
    active_power_over_excited_rating_w: Decimal | None = None
    over_excited_power_factor: Decimal | None = None
    active_power_under_excited_rating_w: Decimal | None = None
    under_excited_power_factor: Decimal | None = None
    apparent_power_charge_max_rating_va: Decimal | None = None
    active_power_charge_max_rating_w: Decimal | None = None
    ac_voltage_nominal_rating_v: Decimal | None = None
    ac_voltage_maximum_rating_v: Decimal | None = None
    ac_voltage_minimum_rating_v: Decimal | None = None
    energy_capacity_wh: Decimal | None = None
    normal_operating_performance_category: str = ""
    abnormal_operating_performance_category: str = ""
    supported_control_modes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Connectivity:
    """From the usage point up to the substation. ``phase_code`` is a CIM PhaseCode word."""

    usage_point: Reference
    transformer: Reference
    feeder: Reference
    substation: Reference
    phase_code: str
    nominal_voltage_v: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DerFacts:
    """One DER as approved. ``type`` as for units, or "mixed".

    ``lifecycle_state`` is one of proposed, active, canceled, decommissioned. ``version`` grows
    with every change of the record. ``effective_at`` has an offset.
    """

    mrid: str
    version: int
    effective_at: datetime
    type: str
    is_smart_inverter: bool
    lifecycle_state: str
    connectivity: Connectivity
    units: tuple[DerUnitFacts, ...]
    names: tuple[Name, ...] = ()
    serial_number: str = ""
    export_limit_w: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DerIdentity:
    """A DER without its record: enough for ``deleted``."""

    mrid: str
    version: int
    effective_at: datetime
    reason: str = ""


def to_element(der: DerFacts | DerIdentity) -> etree._Element:
    """The EndDeviceConfig payload. Raises MessageRefused for what XML or the units forbid."""
    root = etree.Element(
        etree.QName(NOUN.profile_namespace, NOUN.name), nsmap={None: NOUN.profile_namespace}
    )
    write_event(root, der.effective_at, der.reason)
    device = add(root, "EndDevice")
    add(device, "mRID", der.mrid)
    add(device, "version", str(der.version))
    if isinstance(der, DerFacts):
        _write_record(device, der)
    return root


def _write_record(device: etree._Element, der: DerFacts) -> None:
    add(device, "type", der.type)
    add(device, "isSmartInverter", write_flag(der.is_smart_inverter))
    add(device, "lifecycleState", der.lifecycle_state)
    add_filled(device, "serialNumber", der.serial_number)
    write_quantity(device, "activePowerExportLimit", der.export_limit_w, "W")
    write_names(device, der.names)
    _write_connectivity(device, der.connectivity)
    for unit in der.units:
        write_unit(add(device, "DERUnit"), unit)


def _write_connectivity(device: etree._Element, where: Connectivity) -> None:
    write_reference(device, "UsagePoint", where.usage_point)
    point = needed(device, "UsagePoint")
    write_quantity(point, "nominalServiceVoltage", where.nominal_voltage_v, "V")
    add(point, "phaseCode", where.phase_code)
    write_reference(point, "TransformerTank", where.transformer)
    write_reference(point, "Feeder", where.feeder)
    write_reference(point, "Substation", where.substation)


def write_unit(element: etree._Element, unit: DerUnitFacts) -> None:
    """Fill a DERUnit element."""
    add(element, "mRID", unit.mrid)
    add(element, "type", unit.type)
    add(element, "quantity", str(unit.quantity))
    add_filled(element, "manufacturer", unit.manufacturer)
    add_filled(element, "model", unit.model)
    add_filled(element, "serialNumber", unit.serial_number)
    add_filled(element, "firmwareVersion", unit.firmware_version)
    plate = add(element, "DERNamePlate")
    write_ratings(plate, {rating.field: getattr(unit, rating.field) for rating in RATINGS})
    normal, abnormal = _CATEGORIES
    add_filled(plate, normal, unit.normal_operating_performance_category)
    add_filled(plate, abnormal, unit.abnormal_operating_performance_category)
    for mode in unit.supported_control_modes:
        add(plate, "supportedControlMode", mode)


_CATEGORIES = ("normalOperatingPerformanceCategory", "abnormalOperatingPerformanceCategory")


def from_element(root: etree._Element) -> DerFacts | DerIdentity:
    """What the payload says. Raises MessageRefused with the code to answer."""
    if local_name(root) != NOUN.name:
        raise MessageRefused(errors.NOUN_INVALID, f"{local_name(root)[:60]} is no {NOUN.name}")
    effective_at, reason = read_event(root)
    device = needed(root, "EndDevice")
    mrid = needed_text(device, "mRID")
    version = read_integer(needed_text(device, "version"))
    if child(device, "type") is None:
        return DerIdentity(mrid=mrid, version=version, effective_at=effective_at, reason=reason)
    return DerFacts(
        mrid=mrid,
        version=version,
        effective_at=effective_at,
        reason=reason,
        type=needed_text(device, "type"),
        is_smart_inverter=read_flag(needed_text(device, "isSmartInverter")),
        lifecycle_state=needed_text(device, "lifecycleState"),
        serial_number=text(device, "serialNumber"),
        export_limit_w=read_quantity(device, "activePowerExportLimit", "W"),
        names=read_names(device),
        connectivity=_connectivity(device),
        units=tuple(read_unit(each) for each in children(device, "DERUnit")),
    )


def _connectivity(device: etree._Element) -> Connectivity:
    point = needed(device, "UsagePoint")
    return Connectivity(
        usage_point=needed_reference(device, "UsagePoint"),
        transformer=needed_reference(point, "TransformerTank"),
        feeder=needed_reference(point, "Feeder"),
        substation=needed_reference(point, "Substation"),
        phase_code=needed_text(point, "phaseCode"),
        nominal_voltage_v=_needed_number(point, "nominalServiceVoltage", "V"),
    )


def _needed_number(parent: etree._Element, name: str, unit: str) -> Decimal:
    number = read_quantity(parent, name, unit)
    if number is None:
        raise MessageRefused(errors.PAYLOAD_MISSING, f"{local_name(parent)} has no {name}")
    return number


class _Ratings(TypedDict):
    """The optional ratings, by field name."""

    apparent_power_max_rating_va: Decimal | None
    reactive_power_injected_max_rating_var: Decimal | None
    reactive_power_absorbed_max_rating_var: Decimal | None
    active_power_over_excited_rating_w: Decimal | None
    over_excited_power_factor: Decimal | None
    active_power_under_excited_rating_w: Decimal | None
    under_excited_power_factor: Decimal | None
    apparent_power_charge_max_rating_va: Decimal | None
    active_power_charge_max_rating_w: Decimal | None
    ac_voltage_nominal_rating_v: Decimal | None
    ac_voltage_maximum_rating_v: Decimal | None
    ac_voltage_minimum_rating_v: Decimal | None
    energy_capacity_wh: Decimal | None


def read_unit(element: etree._Element) -> DerUnitFacts:
    """The facts of a DERUnit element. Raises MessageRefused."""
    plate = needed(element, "DERNamePlate")
    ratings = read_ratings(plate)
    del ratings["active_power_max_rating_w"]
    normal, abnormal = _CATEGORIES
    return DerUnitFacts(
        mrid=needed_text(element, "mRID"),
        type=needed_text(element, "type"),
        quantity=read_integer(needed_text(element, "quantity")),
        manufacturer=text(element, "manufacturer"),
        model=text(element, "model"),
        serial_number=text(element, "serialNumber"),
        firmware_version=text(element, "firmwareVersion"),
        active_power_max_rating_w=_needed_number(plate, "activePowerMaxRating", "W"),
        normal_operating_performance_category=text(plate, normal),
        abnormal_operating_performance_category=text(plate, abnormal),
        supported_control_modes=tuple(
            each.text or "" for each in children(plate, "supportedControlMode")
        ),
        **cast(_Ratings, ratings),
    )
