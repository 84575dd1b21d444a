"""SR3: a DER, its units, and its life."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from customers.selectors import Provider, UsagePoint, User
from workflow.services import advance

from ..models import NAMEPLATE_FIELDS, Der, DerUnit, Equipment
from ..rules import can_be_sent, nameplate_errors

OWN_WORDS = ("manufacturer", "model")


def propose_der(*, usage_point: UsagePoint) -> Der:
    """A new DER behind a usage point, proposed by a service request."""
    return Der.objects.create(usage_point=usage_point)


@transaction.atomic
def add_unit(*, der: Der, equipment: Equipment | None = None, **fields: Any) -> DerUnit:
    """Add a unit to a proposed DER. A catalogue entry fills what is not given.

    Raises ValidationError {field: rule}; nothing is saved then.
    """
    _must_be_proposed(der)
    unit = DerUnit(der=der, equipment=equipment)
    _fill(unit, equipment, fields)
    return _checked(unit)


@transaction.atomic
def change_unit(*, unit: DerUnit, equipment: Equipment | None = None, **fields: Any) -> DerUnit:
    """Replace what is known of a unit; same rules as add_unit."""
    _must_be_proposed(unit.der)
    unit.equipment = equipment
    _fill(unit, equipment, fields)
    return _checked(unit)


@transaction.atomic
def remove_unit(*, unit: DerUnit) -> None:
    """Take a unit off a proposed DER."""
    _must_be_proposed(unit.der)
    unit.delete()


@transaction.atomic
def set_operation(
    *,
    der: Der,
    export_limit_w: Decimal | None,
    communication_protocol: str,
    provider: Provider | None,
) -> Der:
    """How the DER will operate: export limit (None is no limit), communication, third party."""
    _must_be_proposed(der)
    der.export_limit_w = export_limit_w
    der.communication_protocol = communication_protocol
    der.provider = provider
    der.full_clean(exclude=["state"])
    der.save()
    return der


def record_serial_numbers(*, unit: DerUnit, serial_numbers: str) -> None:
    """SR7: what the crew read on the installed equipment. Raises ValidationError."""
    if not can_be_sent(serial_numbers):
        raise ValidationError("The serial numbers hold a character that cannot be sent.")
    DerUnit.objects.filter(pk=unit.pk).update(serial_numbers=serial_numbers)


def activate_der(*, der: Der, by: User | None, at: datetime) -> Der:
    """SR9: permission to operate makes the DER active, as the next version."""
    active = advance(der, "activate", by=by, at=at, active_from=at)
    return _next_version(active)


def renumber_der(*, der: Der, above: int) -> Der:
    """SR9: give the DER the next version, unless it is above this one already.

    For a DER that a DERMS was told is gone: it can come back only as a later version.
    """
    Der.objects.filter(pk=der.pk, version__lte=above).update(version=above + 1)
    der.refresh_from_db(fields=["version"])
    return der


def cancel_der(*, der: Der, by: User | None, at: datetime) -> Der:
    """SR10: the request ended; the DER never operated."""
    return advance(der, "cancel", by=by, at=at)


def _next_version(der: Der) -> Der:
    Der.objects.filter(pk=der.pk).update(version=F("version") + 1)
    return Der.objects.get(pk=der.pk)


def _must_be_proposed(der: Der) -> None:
    state = Der.objects.select_for_update().values_list("state", flat=True).get(pk=der.pk)
    if state != Der.State.PROPOSED:
        raise ValidationError("This DER can no longer be changed here.")


def _fill(unit: DerUnit, equipment: Equipment | None, fields: dict[str, Any]) -> None:
    unit.is_certified = bool(equipment and equipment.certification)
    if equipment is not None:
        for name in (*NAMEPLATE_FIELDS, *OWN_WORDS):
            setattr(unit, name, getattr(equipment, name))
        listed = (*NAMEPLATE_FIELDS, *OWN_WORDS)
        fields = {
            name: value
            for name, value in fields.items()
            if name not in listed or value not in (None, "")
        }
    for name, value in fields.items():
        setattr(unit, name, value)


def _checked(unit: DerUnit) -> DerUnit:
    errors: dict[str, Any] = {}
    try:
        unit.full_clean(validate_constraints=False)
    except ValidationError as error:
        errors.update(error.message_dict)
    for name, message in nameplate_errors(unit).items():
        errors.setdefault(name, message)
    if errors:
        raise ValidationError(errors)
    unit.save()
    return unit
