"""Verbs of the exchange: endpoints, the outbox, its delivery, and the published documents."""

from .credentials import ClientCredentials, issue_client_credentials
from .delivery import drain, endpoints_due, ring_for_all_due
from .endpoints import (
    EndpointRefused,
    checked_url,
    register_endpoint,
    rotate_secret,
    set_endpoint_active,
    signing_secrets,
)
from .outbox import (
    MessageInvalid,
    NotInTransaction,
    ResendRefused,
    enqueue_event,
    enqueue_for,
    resend,
)
from .publications import (
    PublishedDocument,
    StalePublication,
    publish,
    publish_many,
    rendered,
    withdraw,
)
from .sealing import SecretUnreadable

__all__ = [
    "ClientCredentials",
    "EndpointRefused",
    "MessageInvalid",
    "NotInTransaction",
    "PublishedDocument",
    "ResendRefused",
    "SecretUnreadable",
    "StalePublication",
    "checked_url",
    "drain",
    "endpoints_due",
    "enqueue_event",
    "enqueue_for",
    "issue_client_credentials",
    "publish",
    "publish_many",
    "register_endpoint",
    "rendered",
    "resend",
    "ring_for_all_due",
    "rotate_secret",
    "set_endpoint_active",
    "signing_secrets",
    "withdraw",
]
