"""What a refused act says to the person: never a stack trace, never only “no”."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError

from workflow.selectors import StateChange
from workflow.services import TransitionRefused

from ...states import State

REFUSALS = (TransitionRefused, PermissionDenied, ValidationError)


@dataclass(frozen=True)
class Move:
    """Who moved a request, when, what to, and what they said."""

    who: str
    at: datetime
    did: str
    target: str
    note: str


def words_of(error: Exception) -> list[str]:
    """The sentences of an exception that a service raised."""
    if isinstance(error, TransitionRefused):
        return error.reasons
    if isinstance(error, ValidationError):
        return list(error.messages)
    return [str(error) or "You may not do this."]


def status_of(error: Exception) -> int:
    """403 for a permission, 400 for a field, 409 for a state that does not allow it."""
    if isinstance(error, PermissionDenied):
        return 403
    return 409 if isinstance(error, TransitionRefused) else 400


def moves_of(changes: Sequence[StateChange]) -> list[Move]:
    """State changes in words."""
    labels = dict(State.choices)
    return [
        Move(
            who=str(change.by) if change.by else "derportal",
            at=change.at,
            did=words(change.transition),
            target=str(labels.get(change.target, change.target)),
            note=change.note,
        )
        for change in changes
    ]


def words(transition: str) -> str:
    """What somebody did, for a history line."""
    return DID.get(transition, transition.replace("_", " ").capitalize())


DID = {
    "submit": "Sent the application",
    "confirm_complete": "Confirmed that it is complete",
    "request_missing_information": "Asked for information",
    "request_technical_information": "Asked for technical information",
    "return_to_completeness": "Sent the corrections",
    "return_to_engineering": "Sent the corrections",
    "approve_engineering": "Approved for Engineering",
    "hold_for_network_upgrade": "Held it for a network upgrade",
    "resume_after_upgrade": "Resumed it after the upgrade",
    "approve_operations": "Approved for Operations",
    "sign_agreement": "Signed the agreement",
    "report_installation": "Reported the installation",
    "fail_verification": "Failed the verification",
    "pass_verification": "Passed the verification",
    "decline_at_completeness": "Declined it at completeness review",
    "decline_by_engineering": "Declined it for Engineering",
    "decline_by_operations": "Declined it for Operations",
    "withdraw": "Withdrew the application",
    "deem_withdrawn": "Closed it: no answer in time",
    "plan": "Planned the upgrade",
    "change": "Changed the upgrade",
    "complete": "Completed the upgrade",
    "expire": "Closed it: the time limit passed",
}
