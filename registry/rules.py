"""What makes a nameplate consistent, beyond the bounds of each number."""

import re
from decimal import Decimal
from typing import Any

from .models import DerUnit

# What XML cannot carry: a spreadsheet's vertical tab would stop the message to every DERMS.
_UNSENDABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXTS = ("manufacturer", "model", "serial_numbers", "firmware_version")


def can_be_sent(text: str) -> bool:
    """Whether a message can carry this text."""
    return not _UNSENDABLE.search(text)


def nameplate_errors(unit: DerUnit) -> dict[str, str]:
    """Field name -> the rule it breaks. Empty for a consistent nameplate (IEEE 1547-2018 10.3)."""
    errors: dict[str, str] = {}
    for check in (_quantity, _apparent, _power_factors, _voltages, _storage, _texts):
        errors.update(check(unit))
    return errors


def _value(unit: DerUnit, name: str) -> Decimal | None:
    value: Any = getattr(unit, name)
    return value if isinstance(value, Decimal) and value.is_finite() else None


def _quantity(unit: DerUnit) -> dict[str, str]:
    if 1 <= unit.quantity <= 1_000:
        return {}
    return {"quantity": "The quantity must be a whole number from 1 to 1,000."}


def _apparent(unit: DerUnit) -> dict[str, str]:
    active = _value(unit, "active_power_max_rating_w")
    apparent = _value(unit, "apparent_power_max_rating_va")
    if active is not None and apparent is not None and apparent < active:
        return {
            "apparent_power_max_rating_va": "Apparent power (VA) cannot be below active power (W)."
        }
    return {}


def _power_factors(unit: DerUnit) -> dict[str, str]:
    apparent = _value(unit, "apparent_power_max_rating_va")
    errors = {}
    for side in ("over", "under"):
        watts = _value(unit, f"active_power_{side}_excited_rating_w")
        factor = _value(unit, f"{side}_excited_power_factor")
        if watts and factor and apparent and watts / factor > apparent + 1:
            errors[f"active_power_{side}_excited_rating_w"] = (
                "This power divided by its power factor is above the apparent power rating."
            )
    return errors


def _voltages(unit: DerUnit) -> dict[str, str]:
    low = _value(unit, "ac_voltage_minimum_rating_v")
    nominal = _value(unit, "ac_voltage_nominal_rating_v")
    high = _value(unit, "ac_voltage_maximum_rating_v")
    errors = {}
    if low and nominal and low >= nominal:
        errors["ac_voltage_minimum_rating_v"] = "Minimum voltage must be below nominal voltage."
    if high and nominal and high <= nominal:
        errors["ac_voltage_maximum_rating_v"] = "Maximum voltage must be above nominal voltage."
    return errors


def _storage(unit: DerUnit) -> dict[str, str]:
    is_storage = unit.kind in {"storage", "pv_storage"}
    has_energy = getattr(unit, "energy_capacity_wh", None) is not None
    if is_storage and not has_energy:
        return {"energy_capacity_wh": "A battery needs its usable energy in Wh."}
    if has_energy and not is_storage:
        return {"energy_capacity_wh": "Only a battery has usable energy; leave this empty."}
    return {}


def _texts(unit: DerUnit) -> dict[str, str]:
    rule = "Type this again: it holds a character that cannot be sent."
    return {name: rule for name in _TEXTS if not can_be_sent(getattr(unit, name) or "")}
