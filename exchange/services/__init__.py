"""Verbs of the exchange: endpoints, outbox and delivery, the inbox, the published documents."""

from .addresses import EndpointRefused, allowed_networks, checked_url
from .answers import Answer, Arrival, InboundRefused, Received, fault, refusal, status_of
from .credentials import ClientCredentials, issue_client_credentials
from .decisions import (
    DecisionRefused,
    recover_since,
    resume_endpoint,
    skip_message,
    start_new_epoch,
    suspend_endpoint,
)
from .delivery import drain, endpoints_due, ring_for_all_due
from .endpoints import (
    register_endpoint,
    rotate_secret,
    set_endpoint_active,
    signing_secrets,
)
from .inbox import receive, reject_unreadable
from .operations import run_operations
from .outbox import (
    MessageInvalid,
    NotInTransaction,
    ResendRefused,
    enqueue_event,
    enqueue_for,
    lock_for_messages,
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
from .reconciling import (
    ListRefused,
    ResyncRefused,
    begin_resync,
    compare_with_deliveries,
    compare_with_list,
)
from .sealing import SecretUnreadable

__all__ = [
    "Answer",
    "Arrival",
    "ClientCredentials",
    "DecisionRefused",
    "EndpointRefused",
    "InboundRefused",
    "ListRefused",
    "MessageInvalid",
    "NotInTransaction",
    "PublishedDocument",
    "Received",
    "ResendRefused",
    "ResyncRefused",
    "SecretUnreadable",
    "StalePublication",
    "allowed_networks",
    "begin_resync",
    "checked_url",
    "compare_with_deliveries",
    "compare_with_list",
    "drain",
    "endpoints_due",
    "enqueue_event",
    "enqueue_for",
    "fault",
    "issue_client_credentials",
    "lock_for_messages",
    "publish",
    "publish_many",
    "receive",
    "recover_since",
    "refusal",
    "register_endpoint",
    "reject_unreadable",
    "rendered",
    "resend",
    "resume_endpoint",
    "ring_for_all_due",
    "rotate_secret",
    "run_operations",
    "set_endpoint_active",
    "signing_secrets",
    "skip_message",
    "start_new_epoch",
    "status_of",
    "suspend_endpoint",
    "withdraw",
]
