"""What a request still lacks before it can be sent: the task list and the guard share this."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tariffs.selectors import current_agreement

if TYPE_CHECKING:
    from .models import ServiceRequest


@dataclass(frozen=True)
class Task:
    """One row of the applicant's task list. ``missing`` says what is still to do, if anything."""

    name: str
    label: str
    missing: str

    @property
    def is_done(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


def tasks_of(request: "ServiceRequest") -> list[Task]:
    """The task list, in the order a person would fill it in."""
    return [Task(name, label, missing(request)) for name, label, missing in TASKS]


def missing_for_submission(request: "ServiceRequest") -> list[str]:
    """One sentence for each task that is not complete."""
    return [task.missing for task in tasks_of(request) if task.missing]


def _site(request: "ServiceRequest") -> str:
    return "" if request.der_id else "Choose the service point."


def _equipment(request: "ServiceRequest") -> str:
    if request.der is None or not request.der.units.exists():
        return "Add at least one piece of equipment."
    return ""


def _operation(request: "ServiceRequest") -> str:
    return "" if request.wanted_on else "Say how and from when the system will operate."


def _tariff(request: "ServiceRequest") -> str:
    if request.tariff_version_id is None or request.der is None:
        return "Choose a tariff and accept its terms."
    agreement = current_agreement(request.der)
    if agreement is None or agreement.tariff_version_id != request.tariff_version_id:
        return "Accept the terms of the tariff you chose."
    return ""


def _diagram(request: "ServiceRequest") -> str:
    kept = request.attachments.filter(kind="one_line_diagram", removed_at__isnull=True)
    return "" if kept.exists() else "Upload the one-line diagram."


TASKS: tuple[tuple[str, str, Callable[["ServiceRequest"], str]], ...] = (
    ("site", "Where it will be connected", _site),
    ("equipment", "Your equipment", _equipment),
    ("operation", "How it will operate", _operation),
    ("tariff", "Your tariff", _tariff),
    ("diagram", "One-line diagram", _diagram),
)
