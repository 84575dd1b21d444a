"""The endpoint console: endpoints, what was sent to each, what came from it, and the answers."""

from .acts import endpoint_recover, endpoint_resume, endpoint_stop, endpoint_suspend, skip
from .endpoint import endpoint, endpoint_guide
from .endpoints import endpoints
from .inbox import endpoint_inbox, inbox, received
from .log import log
from .message import download, message, resend
from .schemas import schema
from .settings import (
    endpoint_authentication,
    endpoint_credentials,
    endpoint_edit,
    endpoint_proofs,
    endpoint_secret,
    endpoint_secret_end,
    endpoint_server,
    endpoint_settings,
)
from .setup import endpoint_setup, endpoint_start, endpoint_test

__all__ = [
    "download",
    "endpoint",
    "endpoint_authentication",
    "endpoint_credentials",
    "endpoint_edit",
    "endpoint_guide",
    "endpoint_inbox",
    "endpoint_proofs",
    "endpoint_recover",
    "endpoint_resume",
    "endpoint_secret",
    "endpoint_secret_end",
    "endpoint_server",
    "endpoint_settings",
    "endpoint_setup",
    "endpoint_start",
    "endpoint_stop",
    "endpoint_suspend",
    "endpoint_test",
    "endpoints",
    "inbox",
    "log",
    "message",
    "received",
    "resend",
    "schema",
    "skip",
]
