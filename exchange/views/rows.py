"""How a message, an attempt and an endpoint are shown: in words, with a tone for the chip."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.timesince import timesince

from exchange.selectors import (
    DeliveryAttempt,
    Endpoint,
    EndpointCheck,
    EndpointHealth,
    InboundMessage,
    OutboundMessage,
)
from exchange.services import NOT_CONNECTED

from .access import Reader

State = OutboundMessage.State
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|\[?[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}\]?")
_LATE_AFTER = timedelta(minutes=1)
_LONGEST_ATTEMPT = timedelta(minutes=1)


@dataclass(frozen=True)
class Status:
    """A state as a chip, and what to know about it; ``at`` completes the note."""

    label: str
    tone: str
    note: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Row:
    """One message in a list, with its latest attempt."""

    message: OutboundMessage
    attempt: DeliveryAttempt | None
    status: Status
    error: str


@dataclass(frozen=True)
class EndpointCard:
    """One endpoint at a glance; ``why`` says in words why nothing is sent to it."""

    health: EndpointHealth
    status: Status
    oldest_age: str
    why: str = ""
    suspended_at: datetime | None = None
    certificate_expires_at: datetime | None = None
    is_certificate_ending: bool = False


def rows_of(messages: Sequence[OutboundMessage], *, now: datetime, reader: Reader) -> list[Row]:
    """The messages with their latest attempt and their state; two queries for any number."""
    latest = DeliveryAttempt.objects.order_by("message_id", "-number").distinct("message_id")
    latest = latest.defer("response")
    prefetch_related_objects(
        messages, Prefetch("attempts", latest, to_attr="latest_attempts"), "endpoint__lease"
    )
    return [_row(message, now, reader) for message in messages]


def _row(message: OutboundMessage, now: datetime, reader: Reader) -> Row:
    attempt = next(iter(getattr(message, "latest_attempts", ())), None)
    error = error_for(message.last_error, reader)
    return Row(message, attempt, status_of(message, attempt, now=now), error)


def error_for(error: str, reader: Reader) -> str:
    """What went wrong. A third party does not learn which address of ours its name led to."""
    if reader.is_staff:
        return error
    if error.startswith(NOT_CONNECTED):
        return f"{NOT_CONNECTED}the address is not public"
    return _ADDRESS.sub("(address)", error)


def status_of(
    message: OutboundMessage, attempt: DeliveryAttempt | None, *, now: datetime
) -> Status:
    """The state of a message, and when something happens to it next."""
    if message.state == State.DELIVERED:
        return Status("Delivered", "ok", "", message.finished_at)
    if message.state == State.DEAD:
        return Status("Failed", "bad", "", message.finished_at)
    if message.state == State.SKIPPED:
        return Status("Skipped", "hold", "", message.finished_at)
    note, at = _waiting_for(message, attempt, now)
    return Status("Pending", "hold" if message.last_error else "review", note, at)


def _waiting_for(
    message: OutboundMessage, attempt: DeliveryAttempt | None, now: datetime
) -> tuple[str, datetime | None]:
    if not message.endpoint.is_active:
        return "the endpoint is stopped", None
    if _is_suspended(message.endpoint):
        return "the endpoint is suspended", None
    if getattr(message, "is_held_up", False):
        return "behind a failed message", None
    if attempt and attempt.ended_at is None and now - attempt.started_at < _LONGEST_ATTEMPT:
        return "being sent now", None
    at = next_attempt_at(message)
    return ("next attempt", at) if at > now else ("next attempt now", None)


def next_attempt_at(message: OutboundMessage) -> datetime:
    """When it may be sent: not before it is due, and not while its endpoint is left alone."""
    not_before = not_before_of(message.endpoint)
    return max(message.due_at, not_before) if not_before else message.due_at


def _is_suspended(endpoint: Endpoint) -> bool:
    lease = getattr(endpoint, "lease", None)
    return lease is not None and lease.suspended_at is not None


def not_before_of(endpoint: Endpoint) -> datetime | None:
    """Until when the endpoint is left alone because it did not answer."""
    lease = getattr(endpoint, "lease", None)
    return lease.not_before if lease else None


def card_of(health: EndpointHealth, *, now: datetime) -> EndpointCard:
    """One endpoint for the strip, the list and its own pages."""
    endpoint = health.endpoint
    lease = endpoint.lease if _is_suspended(endpoint) else None
    expires_at = endpoint.certificate_expires_at
    return EndpointCard(
        health,
        endpoint_status(health, now=now),
        age_of(health, now),
        why=lease.suspended_reason if lease else "",
        suspended_at=lease.suspended_at if lease else None,
        certificate_expires_at=expires_at,
        is_certificate_ending=health.is_certificate_ending,
    )


def age_of(health: EndpointHealth, now: datetime) -> str:
    """How long the oldest message has been due; "" if none is."""
    if health.oldest_due_at is None:
        return ""
    seconds = max(0.0, (now - health.oldest_due_at).total_seconds())
    return f"{seconds:.0f} s" if seconds < 60 else timesince(health.oldest_due_at, now)


def endpoint_status(health: EndpointHealth, *, now: datetime) -> Status:
    """How the endpoint is doing, the worst first."""
    if not health.endpoint.is_active:
        return Status("Not started" if health.endpoint.next_sequence == 1 else "Stopped", "hold")
    if _is_suspended(health.endpoint):
        return Status("Suspended", "bad")
    if health.is_pausing:
        return Status("Not answering", "bad", "next try", not_before_of(health.endpoint))
    if health.dead_count:
        return Status("Has failures", "bad")
    if health.oldest_due_at and now - health.oldest_due_at > _LATE_AFTER:
        return Status("Late", "hold")
    return Status("Delivering", "review") if health.pending_count else Status("Up to date", "ok")


_INBOUND_TONES = {
    InboundMessage.State.APPLIED: "ok",
    InboundMessage.State.REFUSED: "bad",
    InboundMessage.State.FAILED: "hold",
    InboundMessage.State.REJECTED: "bad",
}


def inbound_status(message: InboundMessage) -> Status:
    """What became of a message that came in."""
    state = InboundMessage.State(message.state)
    return Status(state.label, _INBOUND_TONES[state], at=message.received_at)


def duration_text(attempt: DeliveryAttempt | EndpointCheck) -> str:
    """How long the attempt took, for people; "" while its end is not recorded."""
    if attempt.ended_at is None:
        return ""
    seconds = (attempt.ended_at - attempt.started_at).total_seconds()
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
