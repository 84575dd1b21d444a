"""Messages in every state, with their attempts, for the tests of the log."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from cim.envelope import ReplyResult
from cim.messages import build_reply, read
from cim.profiles import end_device_config
from cim.tests.examples import DER, NOON, REPLY_ID, failed_reply
from exchange.models import DeliveryAttempt, Endpoint, OutboundMessage
from exchange.services import enqueue_message

State = OutboundMessage.State


def der_message(endpoint: Endpoint, mrid: UUID | None = None, version: int = 1) -> OutboundMessage:
    """A pending "created EndDeviceConfig" of a DER with two units."""
    mrid = mrid or uuid4()
    facts = replace(DER, mrid=str(mrid), version=version)
    with transaction.atomic():
        message = enqueue_message(
            endpoint=endpoint,
            noun="EndDeviceConfig",
            verb="created" if version == 1 else "changed",
            object_mrid=mrid,
            object_version=version,
            payload=end_device_config.to_element(facts),
            at=timezone.now(),
        )
    return OutboundMessage.objects.get(pk=message.pk)


def add_attempt(
    message: OutboundMessage, *, at: datetime | None = None, seconds: float = 0.042, **facts: object
) -> DeliveryAttempt:
    """The message's next attempt; its end is recorded unless ``ended_at=None``."""
    at = at or timezone.now()
    number = message.attempt_count + 1
    facts = {"ended_at": at + timedelta(seconds=seconds), **facts}
    attempt = DeliveryAttempt.objects.create(message=message, number=number, started_at=at, **facts)
    message.attempt_count = number
    message.save()
    return attempt


def delivered(message: OutboundMessage) -> OutboundMessage:
    """Answered with OK."""
    answer = build_reply(
        read(bytes(message.body)),
        message_id=REPLY_ID,
        timestamp=NOON,
        source="DERMS",
        result=ReplyResult.OK,
    )
    add_attempt(message, http_status=200, reply_result="OK", response=answer.decode())
    return _ended(message, State.DELIVERED)


def failed(message: OutboundMessage, error: str = "") -> OutboundMessage:
    """Twice unanswered, then refused for a rule of the endpoint's."""
    ago = timezone.now() - timedelta(minutes=3)
    add_attempt(message, at=ago, seconds=10.0, error="no complete answer in time")
    add_attempt(message, at=ago, http_status=503, error="HTTP status 503", response="<html>Busy")
    error = error or "the endpoint answered FAILED: 6.1 the transformer is unknown"
    answer = failed_reply().decode()
    add_attempt(message, http_status=200, reply_result="FAILED", error=error, response=answer)
    message.last_error = error
    return _ended(message, State.DEAD)


def retrying(message: OutboundMessage, minutes: int = 4) -> OutboundMessage:
    """Unanswered, and due again in a while."""
    error = "ClientConnectorError: Cannot connect to host derms.example:443"
    add_attempt(message, error=error)
    message.due_at = timezone.now() + timedelta(minutes=minutes)
    message.last_error = error
    message.save()
    return message


def _ended(message: OutboundMessage, state: str) -> OutboundMessage:
    message.state = state
    message.finished_at = timezone.now()
    message.save()
    return message
