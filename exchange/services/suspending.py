"""Suspending an endpoint: nothing is sent until a person resumes it; its messages wait."""

import logging
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models.functions import Now

from exchange.models import DeliveryDecision, DeliveryLease

log = logging.getLogger(__name__)


def suspend(
    endpoint_id: int,
    *,
    reason: str,
    by: AbstractBaseUser | None = None,
    at: datetime | None = None,
) -> bool:
    """Suspend unless it is; on record. Without ``by`` and ``at``: the endpoint's answers did it."""
    lease = DeliveryLease.objects.filter(endpoint_id=endpoint_id, suspended_at=None)
    if not lease.update(suspended_at=at or Now(), suspended_reason=reason, denied_streak=0):
        return False
    DeliveryDecision.objects.create(
        endpoint_id=endpoint_id,
        action=DeliveryDecision.Action.SUSPENDED,
        by_id=by.pk if by else None,
        at=at or Now(),
        reason=reason,
    )
    log.warning("deliveries to endpoint %s are suspended: %s", endpoint_id, reason)
    return True
