"""What every step of the journey does besides its own facts: move, turn the clock, tell.

One transaction: the state, its StateChange, the clock and the customer's notice are all there
or not at all.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from customers.selectors import User
from workflow.services import advance

from ..clocks import turn_clock
from ..models import ServiceRequest
from ..notices import notify_of
from ..telling_requests import tell_of_move

STOP_REASONS = {
    "request_missing_information": "Waiting for the applicant: information is missing.",
    "request_technical_information": "Waiting for the applicant: Engineering asked a question.",
    "hold_for_network_upgrade": "Waiting for a network upgrade.",
}

# The next desk finds it unclaimed; a question to the applicant or a hold keeps the claim.
HANDS_OVER = frozenset({"confirm_complete", "approve_engineering", "approve_operations"})


@transaction.atomic
def move(
    request: ServiceRequest,
    transition: str,
    *,
    by: User | None,
    at: datetime,
    note: str = "",
    **facts: Any,
) -> ServiceRequest:
    """Advance the request, turn its clock, notify customer and third party, in one transaction."""
    moved = advance(request, transition, by=by, at=at, note=note, **facts)
    if transition in HANDS_OVER and moved.claimed_by_id is not None:
        moved.claimed_by = None
        moved.save()
    turn_clock(moved, at=at, stop_reason=STOP_REASONS.get(transition, ""))
    notify_of(moved, transition, note=note, at=at)
    tell_of_move(moved, transition, note=note, by=by, at=at)
    return moved
