"""What is told of an approved DER: the CIM payloads and the document of the REST API.

Past participles, one for each message of the catalogue. No customer name or address leaves.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from lxml import etree

from cim.profiles import end_device_config, master_data_linkage_config
from cim.profiles.common import Name, Reference
from cim.profiles.end_device_config import Connectivity, DerFacts, DerIdentity, DerUnitFacts
from cim.profiles.master_data_linkage_config import Linkage
from registry.selectors import NAMEPLATE_FIELDS, Der, DerUnit
from tariffs.selectors import CustomerAgreement


def der_approved(der: Der, at: datetime) -> etree._Element:
    """EndDeviceConfig: the DER with its nameplate and connectivity (SR9, F31-C)."""
    return end_device_config.to_element(
        DerFacts(
            mrid=str(der.mrid),
            version=der.version,
            effective_at=at,
            type=_type(der),
            is_smart_inverter=bool(der.communication_protocol),
            lifecycle_state=der.state,
            connectivity=_connectivity(der),
            units=tuple(_unit(unit) for unit in der.units.all()),
            names=(Name(str(der)),),
            export_limit_w=der.export_limit_w,
        )
    )


def der_left(der_mrid: UUID, version: int, at: datetime) -> etree._Element:
    """EndDeviceConfig: the DER is no longer the endpoint's to know (SR9)."""
    return end_device_config.to_element(
        DerIdentity(
            mrid=str(der_mrid),
            version=version,
            effective_at=at,
            reason="no longer in your territory or contracts",
        )
    )


def der_linked(der: Der, agreement: CustomerAgreement, at: datetime) -> etree._Element:
    """MasterDataLinkageConfig: which agreement, tariff, third party and place the DER has."""
    tariff = agreement.tariff_version.tariff
    return master_data_linkage_config.to_element(
        Linkage(
            der_mrid=str(der.mrid),
            der_version=der.version,
            effective_at=at,
            customer_agreement_mrid=str(agreement.mrid),
            pricing_structure=Reference(str(tariff.mrid), tariff.code),
            service_location_mrid=str(der.usage_point.service_location.mrid),
            usage_point_mrid=str(der.usage_point.mrid),
            transformer=_reference(der.usage_point.network_connection.transformer),
            service_supplier=_reference(der.provider) if der.provider else None,
        )
    )


def der_document(der: Der, agreement: CustomerAgreement) -> dict[str, Any]:
    """The document that /api/v1/der serves. Powers are numbers in the unit of their name."""
    transformer = der.usage_point.network_connection.transformer
    return {
        "mrid": str(der.mrid),
        "version": der.version,
        "state": der.state,
        "active_from": _moment(der.active_from),
        "active_to": _moment(der.active_to),
        "export_limit_w": _number(der.export_limit_w),
        "communication_protocol": der.get_communication_protocol_display(),
        "units": [_unit_document(unit) for unit in der.units.all()],
        "usage_point": {
            "mrid": str(der.usage_point.mrid),
            "name": der.usage_point.name,
            "phase_code": der.usage_point.phase_code,
            "nominal_service_voltage_v": der.usage_point.nominal_service_voltage_v,
        },
        "connectivity": {
            "transformer": _named(transformer),
            "feeder": _named(transformer.feeder),
            "substation": _named(transformer.feeder.substation),
        },
        "provider": _named(der.provider) if der.provider else None,
        "tariff": _tariff_document(agreement),
        "agreement": _agreement_document(agreement),
    }


def _type(der: Der) -> str:
    kinds = {unit.kind for unit in der.units.all()}
    return kinds.pop() if len(kinds) == 1 else "mixed"


def _connectivity(der: Der) -> Connectivity:
    point = der.usage_point
    transformer = point.network_connection.transformer
    return Connectivity(
        usage_point=_reference(point),
        transformer=_reference(transformer),
        feeder=_reference(transformer.feeder),
        substation=_reference(transformer.feeder.substation),
        phase_code=point.phase_code,
        nominal_voltage_v=Decimal(point.nominal_service_voltage_v),
    )


def _unit(unit: DerUnit) -> DerUnitFacts:
    return DerUnitFacts(
        mrid=str(unit.mrid),
        type=unit.kind,
        quantity=unit.quantity,
        manufacturer=unit.manufacturer,
        model=unit.model,
        serial_number=unit.serial_numbers,
        firmware_version=unit.firmware_version,
        **{name: getattr(unit, name) for name in NAMEPLATE_FIELDS},
    )


def _unit_document(unit: DerUnit) -> dict[str, Any]:
    ratings = {name: getattr(unit, name) for name in NAMEPLATE_FIELDS}
    return {
        "mrid": str(unit.mrid),
        "kind": unit.kind,
        "quantity": unit.quantity,
        "manufacturer": unit.manufacturer,
        "model": unit.model,
        "is_certified": unit.is_certified,
        "serial_numbers": unit.serial_numbers.split(),
        **{name: _plain(value) for name, value in ratings.items()},
    }


def _tariff_document(agreement: CustomerAgreement) -> dict[str, str]:
    version = agreement.tariff_version
    return {
        "mrid": str(version.tariff.mrid),
        "code": version.tariff.code,
        "title": version.tariff.title,
        "version": version.version,
    }


def _agreement_document(agreement: CustomerAgreement) -> dict[str, str | None]:
    return {
        "mrid": str(agreement.mrid),
        "accepted_at": _moment(agreement.accepted_at),
        "active_from": _moment(agreement.active_from),
        "text_sha256": agreement.text_sha256,
    }


def _reference(thing: Any) -> Reference:
    return Reference(str(thing.mrid), thing.name)


def _named(thing: Any) -> dict[str, str]:
    return {"mrid": str(thing.mrid), "name": thing.name}


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _plain(value: Any) -> Any:
    return _number(value) if isinstance(value, Decimal) else value or None


def _number(value: Decimal | None) -> float | int | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
