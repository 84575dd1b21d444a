"""Acts on DER and on the reference data they stand on."""

from .der import (
    activate_der,
    add_unit,
    cancel_der,
    change_unit,
    propose_der,
    record_serial_numbers,
    remove_unit,
    renumber_der,
    set_operation,
)
from .imports import import_equipment, import_network

__all__ = [
    "activate_der",
    "add_unit",
    "cancel_der",
    "change_unit",
    "import_equipment",
    "import_network",
    "propose_der",
    "record_serial_numbers",
    "remove_unit",
    "renumber_der",
    "set_operation",
]
