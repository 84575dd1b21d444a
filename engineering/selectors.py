"""SR5, SR6: screenings and network upgrades."""

from uuid import UUID

from django.db.models import QuerySet

from .models import NetworkUpgrade, Screening
from .screens import ScreenFacts, ScreenResult, rule_sets

__all__ = ["NetworkUpgrade", "ScreenFacts", "ScreenResult", "Screening"]


def latest_screening(service_request_mrid: UUID) -> Screening | None:
    """SR5: the last run over a request."""
    return screenings_of(service_request_mrid).first()


def screenings_of(service_request_mrid: UUID) -> QuerySet[Screening]:
    """SR5: every run over a request, the newest first."""
    return Screening.objects.filter(service_request_mrid=service_request_mrid)


def planned_upgrades(feeder_mrid: UUID | None = None) -> QuerySet[NetworkUpgrade]:
    """SR6: upgrades that requests can be held for, the earliest first."""
    planned = all_upgrades().filter(state=NetworkUpgrade.State.PLANNED)
    return planned if feeder_mrid is None else planned.filter(feeder__mrid=feeder_mrid)


def all_upgrades() -> QuerySet[NetworkUpgrade]:
    """SR6: every upgrade with its feeder, the earliest first."""
    return NetworkUpgrade.objects.select_related("feeder__substation")


def upgrade(mrid: UUID) -> NetworkUpgrade | None:
    """SR6: one upgrade with its feeder."""
    return all_upgrades().filter(mrid=mrid).first()


def screen_sets() -> dict[str, str]:
    """SR5: every name that a procedure may give its screens, with its title."""
    by_code = {found.code: found.title for found in rule_sets()}
    by_procedure = {found.procedure: found.title for found in reversed(rule_sets())}
    return {**by_procedure, **by_code}
