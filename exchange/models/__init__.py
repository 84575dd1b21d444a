"""Endpoints, the outbox with its attempts, the inbox, and the published documents."""

from .endpoints import DeliveryLease, Endpoint
from .inbox import InboundMessage
from .outbox import DeliveryAttempt, DeliveryDecision, OutboundMessage, ResendRequest
from .publications import Publication

__all__ = [
    "DeliveryAttempt",
    "DeliveryDecision",
    "DeliveryLease",
    "Endpoint",
    "InboundMessage",
    "OutboundMessage",
    "Publication",
    "ResendRequest",
]
