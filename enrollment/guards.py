"""Guards that speak: why a transition of a service request is refused now.

The state machine and the pages ask the same functions, so a button is absent for the reason
that the server would give.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from customers.selectors import User, is_own_place
from registry.selectors import connection_of
from tariffs.selectors import terms_of

from .completeness import missing_for_submission

if TYPE_CHECKING:
    from .models import ServiceRequest


def blockers(request: "ServiceRequest", transition: str) -> list[str]:
    """One sentence for each thing that stands in the way; empty when nothing does."""
    guard = GUARDS.get(transition)
    return guard(request) if guard else []


def reason_against_verifying(request: "ServiceRequest", by: User) -> str:
    """Why this person must not verify the installation; empty when they may."""
    if is_own_place(user=by, usage_point=request.proposed_der.usage_point):
        return "This is your own service location; somebody else must verify it."
    return ""


def _complete(request: "ServiceRequest") -> list[str]:
    return missing_for_submission(request)


def _everything_mended(request: "ServiceRequest") -> list[str]:
    asked = request.information_requests.filter(answered_at__isnull=True).first()
    open_items = asked.items.filter(is_mended=False) if asked else []
    return [*missing_for_submission(request), *(f"Still open: {i.problem}" for i in open_items)]


def _return_from(state: str) -> Callable[["ServiceRequest"], list[str]]:
    def guard(request: "ServiceRequest") -> list[str]:
        asked = request.information_requests.filter(answered_at__isnull=True).first()
        if asked is None or asked.asked_from != state:
            return ["The question came from another desk."]
        return _everything_mended(request)

    return guard


def _upgrade_done(request: "ServiceRequest") -> list[str]:
    upgrade = request.held_for
    if upgrade is not None and upgrade.state != "completed":
        return [f"“{upgrade.name}” is not completed yet."]
    return []


def _communication_proven(request: "ServiceRequest") -> list[str]:
    if request.tariff_version is None or request.communication_proven_at is not None:
        return []
    if terms_of(request.tariff_version).requires_communication:
        return ["The tariff requires communication with the DER, and it has not been proven yet."]
    return []


def _connected(request: "ServiceRequest") -> list[str]:
    if request.der is None or connection_of(request.der.usage_point) is None:
        return ["The transformer and feeder that serve this site are not known yet."]
    return []


GUARDS: dict[str, Callable[["ServiceRequest"], list[str]]] = {
    "submit": _complete,
    "return_to_completeness": _return_from("completeness_review"),
    "return_to_engineering": _return_from("engineering_review"),
    "approve_operations": _connected,
    "resume_after_upgrade": _upgrade_done,
    "pass_verification": _communication_proven,
}
