"""The outbox: what leaves the house is a row, written with the change it tells (SR9, F31-C)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from lxml import etree

from cim.elements import MessageRefused
from cim.envelope import EPOCH, OBJECT_MRID, OBJECT_VERSION, SEQUENCE, Verb
from cim.messages import build_event, build_request
from cim.operations import NOUN as OPERATION_SET
from cim.validation import validate
from exchange.models import Endpoint, OutboundMessage, ResendRequest

from .wakeup import poke


class MessageInvalid(Exception):
    """The message would not validate; nothing was stored."""


class NotInTransaction(Exception):
    """A message was enqueued outside atomic(): the change and its message could part."""


class ResendRefused(Exception):
    """The message is already waiting to be sent."""


def enqueue_message(
    *,
    endpoint: Endpoint,
    noun: str,
    verb: str,
    object_mrid: UUID,
    object_version: int,
    payload: etree._Element,
    at: datetime,
    remainder_of: OutboundMessage | None = None,
) -> OutboundMessage:
    """SR9, F31-C, F32-C: store one message for one endpoint, in the caller's transaction.

    An event, or with a verb of REQUESTS a request (WR1, SO1), whose answer says what became of it.

    The bytes are frozen here: every retry and resend sends the same message. The endpoint stays
    locked until the transaction ends, so that sequence numbers commit in order and without gaps;
    with several endpoints use enqueue_for(), which locks in a fixed order. ``remainder_of`` is a
    message that was done in part; this one goes before everything else of the object.
    Raises MessageInvalid and NotInTransaction.
    """
    message, epoch = _begun(
        endpoint,
        object_mrid,
        at,
        remainder_of=remainder_of,
        correlation_id=uuid4(),
        verb=verb,
        noun=noun,
        object_version=object_version,
    )
    return _stored(message, _rendered(message, payload, epoch))


def enqueue_reply(
    *,
    endpoint: Endpoint,
    noun: str,
    correlation_id: UUID,
    object_mrid: UUID | None,
    at: datetime,
    build: Callable[[UUID, Mapping[str, str]], bytes],
) -> OutboundMessage:
    """M2: store the reply to a request of the endpoint, in the transaction of its effect.

    ``build`` makes the message of its MessageID and properties. It is ordered with what is told
    of the object, or stands for itself. Raises NotInTransaction, and what ``build`` raises.
    """
    message, epoch = _begun(
        endpoint,
        object_mrid or uuid4(),
        at,
        correlation_id=correlation_id,
        verb=Verb.REPLY.value,
        noun=noun,
        object_version=0,
    )
    told = {EPOCH: str(epoch), SEQUENCE: str(message.sequence)}
    return _stored(message, build(message.message_id, told))


def _begun(
    endpoint: Endpoint, object_mrid: UUID, at: datetime, **facts: Any
) -> tuple[OutboundMessage, int]:
    """The next message of the endpoint, without its bytes, and the endpoint's epoch."""
    if not connection.in_atomic_block:
        raise NotInTransaction("a message belongs into the transaction of the change")
    sequence, epoch = _next_sequence(endpoint)
    message = OutboundMessage(
        endpoint=endpoint,
        sequence=sequence,
        ordering_key=object_mrid,
        object_mrid=object_mrid,
        message_id=uuid4(),
        created_at=at,
        due_at=Now(),
        retrying_since=Now(),
        **facts,
    )
    return message, epoch


def _stored(message: OutboundMessage, body: bytes) -> OutboundMessage:
    message.body, message.sha256 = body, sha256(body).hexdigest()
    message.save(force_insert=True)
    transaction.on_commit(partial(poke, message.endpoint_id), robust=True)
    return message


def enqueue_for(
    *,
    endpoints: Sequence[Endpoint],
    noun: str,
    verb: str,
    object_mrid: UUID,
    object_version: int,
    payload: Callable[[], etree._Element],
    at: datetime,
) -> list[OutboundMessage]:
    """The same event for several endpoints, locked in the order of their ids.

    ``payload`` builds the element anew for each, because an element moves into its message.
    """
    return [
        enqueue_message(
            endpoint=endpoint,
            noun=noun,
            verb=verb,
            object_mrid=object_mrid,
            object_version=object_version,
            payload=payload(),
            at=at,
        )
        for endpoint in sorted(endpoints, key=lambda each: each.pk)
    ]


def lock_for_messages(endpoints: Iterable[Endpoint]) -> None:
    """SR9: lock endpoints before the first of several messages of one transaction.

    In the order of their ids: two transactions that tell the same endpoints of different things
    wait for each other and never in a circle.
    """
    wanted = Endpoint.objects.filter(pk__in={each.pk for each in endpoints}).order_by("pk")
    list(wanted.select_for_update(no_key=True).values_list("pk"))


def resend(*, message: OutboundMessage, by: AbstractBaseUser, at: datetime) -> OutboundMessage:
    """SR9: send a failed message on, or a delivered one once more; the same bytes, on record.

    A delivered message becomes a repeat, which holds up nothing. The caller has checked the
    permission exchange.resend_message. Raises ResendRefused.
    """
    with transaction.atomic():
        locked = OutboundMessage.objects.select_for_update().get(pk=message.pk)
        if locked.state == OutboundMessage.State.PENDING:
            raise ResendRefused("This message is already waiting to be sent.")
        ResendRequest.objects.create(
            message=locked,
            by_id=by.pk,
            at=at,
            previous_state=locked.state,
            previous_attempt_count=locked.attempt_count,
        )
        OutboundMessage.objects.filter(pk=locked.pk).update(
            state=OutboundMessage.State.PENDING,
            is_repeat=locked.state == OutboundMessage.State.DELIVERED,
            forgiven_count=F("attempt_count"),
            unanswered_count=0,
            due_at=Now(),
            retrying_since=Now(),
            finished_at=None,
        )
        transaction.on_commit(partial(poke, locked.endpoint_id), robust=True)
    locked.refresh_from_db()
    return locked


def _next_sequence(endpoint: Endpoint) -> tuple[int, int]:
    """The next number of the endpoint and its epoch; locks its row until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE exchange_endpoint SET next_sequence = next_sequence + 1 "
            "WHERE id = %s RETURNING next_sequence - 1, epoch",
            [endpoint.pk],
        )
        row = cursor.fetchone()
    if row is None:
        raise Endpoint.DoesNotExist(f"endpoint {endpoint.pk} is gone")
    return int(row[0]), int(row[1])


def _rendered(message: OutboundMessage, payload: etree._Element, epoch: int) -> bytes:
    build = build_request if message.verb in OutboundMessage.REQUESTS else build_event
    try:
        data = build(
            message.noun,
            Verb(message.verb),
            payload,
            message_id=message.message_id,
            correlation_id=message.correlation_id,
            timestamp=message.created_at,
            source=settings.MESSAGE_SOURCE,
            context=message.endpoint.context,
            properties={
                EPOCH: str(epoch),
                SEQUENCE: str(message.sequence),
                OBJECT_MRID: str(message.object_mrid),
                OBJECT_VERSION: str(message.object_version),
            },
            is_typed=message.endpoint.is_typed and message.noun != OPERATION_SET,
            year=message.endpoint.namespace_year or 0,
            edition=message.endpoint.edition,
        )
    except (MessageRefused, ValueError) as refused:
        raise MessageInvalid(str(refused)) from refused
    if findings := validate(data):
        raise MessageInvalid("; ".join(findings))
    return data
