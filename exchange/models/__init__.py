"""Endpoints, outbox and inbox, the published documents, and how they compare."""

from .alarms import CertificateWarning
from .checks import EndpointCheck
from .endpoints import CERTIFICATE_WARNING, DeliveryLease, Endpoint
from .inbox import InboundMessage
from .names import ObjectName
from .outbox import DeliveryAttempt, DeliveryDecision, OutboundMessage, ResendRequest
from .publications import Publication
from .reconciliation import Difference, Reconciliation

__all__ = [
    "CERTIFICATE_WARNING",
    "CertificateWarning",
    "DeliveryAttempt",
    "DeliveryDecision",
    "DeliveryLease",
    "Difference",
    "Endpoint",
    "EndpointCheck",
    "InboundMessage",
    "ObjectName",
    "OutboundMessage",
    "Publication",
    "Reconciliation",
    "ResendRequest",
]
