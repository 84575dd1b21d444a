"""Verbs of the exchange: endpoints, outbox and delivery, the inbox, the published documents."""

from .access import (
    pin_server_certificate,
    reseal_all,
    use_bearer_token,
    use_client_certificate,
    use_oauth_client,
    use_signature_only,
)
from .addresses import EndpointRefused, allowed_networks, checked_url
from .alarms import warn_of_certificates
from .answers import Answer, Arrival, InboundRefused, Received, fault, refusal, status_of
from .catching_up import catching_up, note_caught_up
from .certificates import Certificate, certificates_of
from .checks import CheckRefused, send_test_message, start_endpoint, why_not_started
from .credentials import ClientCredentials, issue_client_credentials
from .decisions import (
    DecisionRefused,
    recover_since,
    resume_endpoint,
    skip_message,
    start_new_epoch,
    stop_endpoint,
    suspend_endpoint,
)
from .delivery import drain, endpoints_due, ring_for_all_due
from .encoding import Posted, posted
from .endpoints import (
    NewEndpoint,
    change_settings,
    create_endpoint,
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
    enqueue_for,
    enqueue_message,
    lock_for_messages,
    resend,
)
from .proofs import Signature, has_certificate, is_signed_by
from .proving import accept_from, inbound_certificate, lockouts
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
    sending_differences,
)
from .rotating import (
    begin_rotation,
    end_rotation,
    is_rotating,
    mark_of_secrets,
    renew_client_credentials,
)
from .sealing import SecretUnreadable
from .sending import NOT_CONNECTED, NOT_IN_TIME
from .tokens import OAuthClient
from .wakeup import ring

__all__ = [
    "NOT_CONNECTED",
    "NOT_IN_TIME",
    "Answer",
    "Arrival",
    "Certificate",
    "CheckRefused",
    "ClientCredentials",
    "DecisionRefused",
    "EndpointRefused",
    "InboundRefused",
    "ListRefused",
    "MessageInvalid",
    "NewEndpoint",
    "NotInTransaction",
    "OAuthClient",
    "Posted",
    "PublishedDocument",
    "Received",
    "ResendRefused",
    "ResyncRefused",
    "SecretUnreadable",
    "Signature",
    "StalePublication",
    "accept_from",
    "allowed_networks",
    "begin_resync",
    "begin_rotation",
    "catching_up",
    "certificates_of",
    "change_settings",
    "checked_url",
    "compare_with_deliveries",
    "compare_with_list",
    "create_endpoint",
    "drain",
    "end_rotation",
    "endpoints_due",
    "enqueue_for",
    "enqueue_message",
    "fault",
    "has_certificate",
    "inbound_certificate",
    "is_rotating",
    "is_signed_by",
    "issue_client_credentials",
    "lock_for_messages",
    "lockouts",
    "mark_of_secrets",
    "note_caught_up",
    "pin_server_certificate",
    "posted",
    "publish",
    "publish_many",
    "receive",
    "recover_since",
    "refusal",
    "register_endpoint",
    "reject_unreadable",
    "rendered",
    "renew_client_credentials",
    "reseal_all",
    "resend",
    "resume_endpoint",
    "ring",
    "ring_for_all_due",
    "rotate_secret",
    "run_operations",
    "send_test_message",
    "sending_differences",
    "set_endpoint_active",
    "signing_secrets",
    "skip_message",
    "start_endpoint",
    "start_new_epoch",
    "status_of",
    "stop_endpoint",
    "suspend_endpoint",
    "use_bearer_token",
    "use_client_certificate",
    "use_oauth_client",
    "use_signature_only",
    "warn_of_certificates",
    "why_not_started",
    "withdraw",
]
