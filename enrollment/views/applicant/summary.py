"""The answers of an application, as rows: for the task list, check answers and the record."""

from typing import Any

from django.urls import reverse
from django.utils.formats import date_format

from customers.selectors import UsagePoint

from ...completeness import TASKS
from ...selectors import Attachment, ServiceRequest
from .words import export_words, kilo, name_of_system, protocol_words, unit_line

Row = dict[str, Any]


def hints_of(application: ServiceRequest) -> dict[str, str]:
    """One line for each task that says what was answered so far."""
    papers = diagrams_of(application)
    der, version = application.der, application.tariff_version
    return {
        "site": _place(der.usage_point) if der else "",
        "equipment": name_of_system(application) if der and der.units.all() else "",
        "operation": export_words(der.export_limit_w) if der and application.wanted_on else "",
        "tariff": version.tariff.title if version else "",
        "diagram": papers[0].original_name if papers else "",
    }


def diagrams_of(application: ServiceRequest) -> list[Attachment]:
    """The one-line diagram that is kept, if there is one."""
    found = application.attachments.filter(kind="one_line_diagram", removed_at__isnull=True)
    return list(found)


def _place(point: UsagePoint) -> str:
    return f"{point.service_location} (service point {point.name})"


def sections_of(application: ServiceRequest) -> list[dict[str, Any]]:
    """Every answer, by task, each row with the address where it is changed."""
    rows = {
        "site": _site(application),
        "equipment": _equipment(application),
        "operation": _operation(application),
        "tariff": _tariff(application),
        "diagram": _diagram(application),
    }
    return [
        {"name": name, "label": label, "rows": _changeable(application, name, rows[name])}
        for name, label, _missing in TASKS
    ]


def _changeable(application: ServiceRequest, name: str, rows: list[Row]) -> list[Row]:
    url = reverse(f"enrollment:{name}", args=[application.reference]) + "?from=check"
    return [{"change_url": url, **row} for row in rows]


def _row(label: str, value: Any) -> Row:
    return {"label": label, "value": value}


def _site(application: ServiceRequest) -> list[Row]:
    point = application.der.usage_point if application.der else None
    return [
        _row("Customer", application.customer.name) | {"change_url": ""},
        _row("Address", str(point.service_location) if point else ""),
        _row("Service point", point.name if point else ""),
    ]


def _equipment(application: ServiceRequest) -> list[Row]:
    units = list(application.der.units.all()) if application.der else []
    rows = [
        _row(
            unit.get_kind_display(),
            f"{unit_line(unit)}{_energy(unit)}, "
            f"{'certified' if unit.is_certified else 'not on the certified list'}",
        )
        for unit in units
    ]
    return rows or [_row("Equipment", "")]


def _energy(unit: Any) -> str:
    return f", {kilo(unit.energy_capacity_wh, 'kWh')} usable" if unit.energy_capacity_wh else ""


def _operation(application: ServiceRequest) -> list[Row]:
    der = application.der
    is_said = application.wanted_on is not None
    protocol = protocol_words(der.communication_protocol) if der else ""
    wanted = date_format(application.wanted_on, "DATE_FORMAT") if application.wanted_on else ""
    return [
        _row("Export to the network", export_words(der.export_limit_w) if der and is_said else ""),
        _row("Communication", protocol if is_said else ""),
        _row("Third-party provider", str(der.provider) if der and der.provider else "None"),
        _row("Wished date", wanted),
        _row("Notes", application.notes),
    ]


def _tariff(application: ServiceRequest) -> list[Row]:
    version = application.tariff_version
    return [
        _row("Tariff", version.tariff.title if version else ""),
        _row("Version", version.version if version else ""),
    ]


def _diagram(application: ServiceRequest) -> list[Row]:
    papers = diagrams_of(application)
    return [_row("File", papers[0].original_name if papers else "")]
