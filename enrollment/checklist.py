"""SR7: what the crew verifies: the nameplates of the application and the tariff's terms."""

from tariffs.selectors import terms_of
from workorders.services import CheckPoint

from .models import ServiceRequest


def checklist_for(request: ServiceRequest) -> list[CheckPoint]:
    """One check for each unit, the export limit, safety, and each term of the tariff."""
    return [*_units(request), *_export_limit(request), *SAFETY, *_terms(request)]


SAFETY = [
    CheckPoint(
        "AC disconnect switch is accessible, lockable and labeled",
        "As on the one-line diagram",
        "One-line diagram",
    ),
    CheckPoint(
        "Installation follows the one-line diagram", "As on the one-line diagram", "Application"
    ),
]


def _units(request: ServiceRequest) -> list[CheckPoint]:
    return [
        CheckPoint(
            f"{unit.get_kind_display()}: count, make, model and serial number",
            f"{unit.quantity} x {unit.manufacturer} {unit.model}, "
            f"{unit.active_power_max_rating_w.normalize():f} W each",
            "Application, nameplate",
        )
        for unit in request.proposed_der.units.all()
    ]


def _export_limit(request: ServiceRequest) -> list[CheckPoint]:
    limit = request.proposed_der.export_limit_w
    if limit is None:
        return []
    expected = f"{limit.normalize():f} W"
    return [CheckPoint("Export limit is set in the inverter", expected, "Approval")]


def _terms(request: ServiceRequest) -> list[CheckPoint]:
    checks = terms_of(request.accepted_version).checklist
    return [CheckPoint(question, expected, source) for question, expected, source in checks]
