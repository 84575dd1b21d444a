"""Endpoints, outbox and inbox, the published documents, and how they compare."""

from .checks import EndpointCheck
from .endpoints import DeliveryLease, Endpoint
from .inbox import InboundMessage
from .outbox import DeliveryAttempt, DeliveryDecision, OutboundMessage, ResendRequest
from .publications import Publication
from .reconciliation import Difference, Reconciliation

__all__ = [
    "DeliveryAttempt",
    "DeliveryDecision",
    "DeliveryLease",
    "Difference",
    "Endpoint",
    "EndpointCheck",
    "InboundMessage",
    "OutboundMessage",
    "Publication",
    "Reconciliation",
    "ResendRequest",
]
