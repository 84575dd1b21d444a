"""The message log: what was sent to each DERMS, and what it answered."""

from .endpoint import endpoint
from .log import log
from .message import download, message, resend
from .schemas import schema

__all__ = ["download", "endpoint", "log", "message", "resend", "schema"]
