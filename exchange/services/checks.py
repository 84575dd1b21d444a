"""Test messages: really sent, answered while the person waits, and on record (SR9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now

from cim.envelope import OBJECT_MRID, OBJECT_VERSION, Verb
from cim.messages import build_event
from cim.profiles import end_device_config
from cim.profiles.end_device_config import DerIdentity
from exchange.models import DeliveryDecision, Endpoint, EndpointCheck

from .catching_up import ask_for_catch_up
from .decisions import MANAGE_ENDPOINT, Decision
from .destinations import destination_of
from .replies import Answer, Verdict
from .sending import Destination, Parcel, Sender
from .wakeup import poke

CHECKS_PER_MINUTE = 6
TESTING = "TESTING"
NOUN = end_device_config.NOUN.name


class CheckRefused(Exception):
    """No test message was sent, or the endpoint was not started; the message says why."""


@dataclass(frozen=True)
class _Letter:
    """A test message: its bytes and the ids by which its answer is known."""

    message_id: UUID
    correlation_id: UUID
    body: bytes


def send_test_message(*, endpoint: Endpoint, by: AbstractBaseUser, at: datetime) -> EndpointCheck:
    """SR9: send one test message now, past the outbox, and record what the endpoint answered.

    It says that a DER which never was is deleted, in the context TESTING: whoever handles it
    changes nothing. Works for a stopped endpoint too. Raises CheckRefused when too many were sent.
    """
    letter = _letter(endpoint, at)
    check = _begun(endpoint, by, at, letter)
    parcel = Parcel(
        message_pk=0,
        attempt_number=1,
        message_id=letter.message_id,
        correlation_id=letter.correlation_id,
        body=letter.body,
        claimed_at=at,
        noun=NOUN,
    )
    answer: Answer = async_to_sync(_answer)(destination_of(endpoint), parcel)
    return _ended(check, answer)


def start_endpoint(*, endpoint: Endpoint, by: AbstractBaseUser, at: datetime) -> None:
    """SR9: let messages go to an endpoint that answered a test message with OK as it is now set.

    What is in service already is told to it soon after, by whoever calls ``catching_up``.

    Raises CheckRefused and PermissionDenied.
    """
    reason = "It answered a test message with OK."
    decision = Decision(by=by, at=at, reason=reason).checked(endpoint, permission=MANAGE_ENDPOINT)
    with transaction.atomic():
        locked = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        latest = locked.checks.order_by("-id").first()
        if refusal := why_not_started(locked, latest=latest):
            raise CheckRefused(refusal)
        locked.is_active = True
        locked.save(update_fields=["is_active"])
        decision.note(locked, DeliveryDecision.Action.STARTED)
        ask_for_catch_up(locked, at=at)
        transaction.on_commit(lambda: poke(locked.pk), robust=True)
    endpoint.is_active = True


def why_not_started(endpoint: Endpoint, *, latest: EndpointCheck | None) -> str:
    """Why the endpoint may not be started after its latest test message; "" if it may."""
    if latest is None:
        return "Send a test message first."
    if latest.route != route_of(endpoint):
        return "The settings were changed after the last test message. Send another one."
    if not latest.is_passed:
        return "The endpoint has not answered the last test message with OK."
    return ""


def route_of(endpoint: Endpoint) -> str:
    """What the endpoint's answer to a test message depends on, as a digest."""
    facts = [
        endpoint.url,
        *(endpoint.transport, endpoint.format, str(endpoint.is_strict), endpoint.authentication),
        str(endpoint.is_typed),
        *(str(endpoint.edition), str(endpoint.namespace_year)),
        *(endpoint.token_url, endpoint.client_certificate, endpoint.server_certificate),
        sha256(bytes(endpoint.sealed_secret)).hexdigest(),
        sha256(bytes(endpoint.sealed_credentials or b"")).hexdigest(),
    ]
    return sha256("\n".join(facts).encode()).hexdigest()


def _letter(endpoint: Endpoint, at: datetime) -> _Letter:
    mrid, message_id, correlation_id = uuid4(), uuid4(), uuid4()
    gone = DerIdentity(mrid=str(mrid), version=1, effective_at=at, reason="test message")
    body = build_event(
        NOUN,
        Verb.DELETED,
        end_device_config.to_element(gone),
        message_id=message_id,
        correlation_id=correlation_id,
        timestamp=at,
        source=settings.MESSAGE_SOURCE,
        context=TESTING,
        properties={OBJECT_MRID: str(mrid), OBJECT_VERSION: "1"},
        is_typed=endpoint.is_typed,
        year=endpoint.namespace_year or 0,
        edition=endpoint.edition,
    )
    return _Letter(message_id, correlation_id, body)


def _begun(
    endpoint: Endpoint, by: AbstractBaseUser, at: datetime, letter: _Letter
) -> EndpointCheck:
    """The check, on record before anything is sent. Raises CheckRefused."""
    with transaction.atomic():
        locked = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        lately = locked.checks.filter(started_at__gt=at - timedelta(minutes=1)).count()
        if lately >= CHECKS_PER_MINUTE:
            raise CheckRefused(
                f"{CHECKS_PER_MINUTE} test messages went out in the last minute. Wait a minute."
            )
        return EndpointCheck.objects.create(
            endpoint=locked, by_id=by.pk, started_at=at, route=route_of(locked), body=letter.body
        )


async def _answer(to: Destination, parcel: Parcel) -> Answer:
    sender = Sender(to, connections=1, timeout_s=settings.EXCHANGE_TIMEOUT_SECONDS)
    try:
        return await sender.send(parcel)
    finally:
        await sender.close()


def _ended(check: EndpointCheck, answer: Answer) -> EndpointCheck:
    EndpointCheck.objects.filter(pk=check.pk).update(
        ended_at=Now(),
        is_passed=answer.verdict is Verdict.DELIVERED,
        http_status=answer.http_status,
        reply_result=answer.reply_result,
        error=answer.error,
        response=answer.response,
    )
    check.refresh_from_db()
    return check
