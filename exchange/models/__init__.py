"""Endpoints, the outbox with its attempts, and the published documents."""

from .endpoints import DeliveryLease, Endpoint
from .outbox import DeliveryAttempt, OutboundMessage, ResendRequest
from .publications import Publication

__all__ = [
    "DeliveryAttempt",
    "DeliveryLease",
    "Endpoint",
    "OutboundMessage",
    "Publication",
    "ResendRequest",
]
