"""The inbox: one message, one effect, one answer (F8, F16, F22).

The row is inserted first, in the transaction of the effect: a second copy of the message waits at
the unique index until the first one has ended, and then finds its answer, or nothing and tries.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Max, QuerySet
from lxml import etree

from cim import errors as codes
from cim.codecs import codec_of
from cim.elements import MessageRefused
from cim.envelope import OBJECT_MRID, Error, ErrorLevel, Id, Message, ReplyResult
from cim.xml import XmlRefused, parse
from exchange.models import Endpoint, InboundMessage

from .admission import check_admission, check_shape, check_strictly, object_version
from .answers import (
    Answer,
    Arrival,
    InboundRefused,
    Received,
    fault,
    refusal,
    refusal_bytes,
    reply_bytes,
    status_of,
)
from .later import reply_later, wants_reply_later

log = logging.getLogger(__name__)
security = logging.getLogger("exchange.security")

Handler = Callable[[Arrival], Answer]
State = InboundMessage.State
_KEPT_OF_REJECTED = 64 * 1024
_FINISHED = (State.APPLIED, State.REFUSED)


def receive(*, endpoint: Endpoint, body: bytes, handle: Handler, at: datetime) -> Received:
    """M2, F8: take one message of an endpoint and answer it.

    ``handle`` has its effect at most once for a MessageID: a copy gets the first answer, byte for
    byte. Only an answer that failed for a reason of ours (5.x) lets the same message try again.
    Raises OperationalError and InterfaceError when the database is away: nothing happened then.
    """
    try:
        root = parse(body)
        message = codec_of(endpoint.edition).read(root)
    except XmlRefused as refused:
        return _unreadable(endpoint, body, codes.INVALID, str(refused), at)
    except MessageRefused as refused:
        return _unreadable(endpoint, body, refused.code, refused.detail, at)
    arrival = Arrival(endpoint=endpoint, message=message, at=at)
    try:
        check_shape(message)
    except InboundRefused as refused:
        return _rejected(arrival, body, refused)
    return _taken(arrival, body, _digest(root), handle)


def _taken(arrival: Arrival, body: bytes, digest: str, handle: Handler) -> Received:
    try:
        if not _is_known(arrival):
            check_admission(arrival.endpoint, arrival.message, at=arrival.at)
            check_strictly(arrival.endpoint, body)
        with transaction.atomic():
            row = _claimed(arrival, body, digest)
            _refuse_other_body(row, digest)
            return _again(row, arrival) if row.state in _FINISHED else _tried(row, arrival, handle)
    except InboundRefused as refused:
        return _rejected(arrival, body, refused)


def _digest(root: etree._Element) -> str:
    """Of the canonical form: the same message over another binding is the same."""
    return sha256(etree.tostring(root, method="c14n", exclusive=True)).hexdigest()


def _is_known(arrival: Arrival) -> bool:
    return _admitted(arrival.endpoint, arrival.message.header.message_id).exists()


def _admitted(endpoint: Endpoint, message_id: str) -> QuerySet[InboundMessage]:
    return InboundMessage.objects.filter(endpoint=endpoint, message_id=message_id).exclude(
        state=State.REJECTED
    )


def _claimed(arrival: Arrival, body: bytes, digest: str) -> InboundMessage:
    """The row of this MessageID, locked; made now unless it is there."""
    row = _row(arrival.endpoint, arrival.message, arrival.at)
    row.body, row.sha256, row.state = body, digest, State.FAILED
    row.result, row.reply = ReplyResult.FAILED, b""
    InboundMessage.objects.bulk_create([row], ignore_conflicts=True)
    return _admitted(arrival.endpoint, row.message_id).select_for_update().get()


def _row(endpoint: Endpoint, message: Message, at: datetime) -> InboundMessage:
    header = message.header
    return InboundMessage(
        endpoint=endpoint,
        message_id=header.message_id,
        correlation_id=header.correlation_id,
        verb=header.verb.value,
        noun=header.noun,
        object_mrid=header.properties.get(OBJECT_MRID, "").strip(),
        object_version=object_version(message),
        replay_nonce=header.replay_nonce[:100],
        received_at=at,
        last_received_at=at,
    )


def _refuse_other_body(row: InboundMessage, digest: str) -> None:
    if row.sha256 != digest:
        raise refusal(
            codes.REQUEST_ID_INVALID,
            "this MessageID was used for another message",
            id=Id(row.message_id, kind="transaction"),
        )


def _again(row: InboundMessage, arrival: Arrival) -> Received:
    """The stored answer; that it came again is counted."""
    InboundMessage.objects.filter(pk=row.pk).update(
        duplicate_count=F("duplicate_count") + 1, last_received_at=arrival.at
    )
    return _answered(row, arrival)


def _tried(row: InboundMessage, arrival: Arrival, handle: Handler) -> Received:
    row.attempt_count += 1
    row.last_received_at = arrival.at
    try:
        with transaction.atomic():
            _refuse_stale(row)
            answer = handle(arrival)
            _set_answer(row, arrival, answer)
            connection.check_constraints()  # the deferred ones speak here, not at the commit
    except InboundRefused as refused:
        _set_refusal(row, arrival, refused)
    except MessageRefused as refused:
        _set_refusal(row, arrival, refusal(refused.code, refused.detail))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("inbound message %s of endpoint %s failed", row.pk, arrival.endpoint.pk)
        _set_refusal(row, arrival, refusal(codes.ATTEMPT_FAILED, "an error of ours; try again"))
    row.save()
    return _answered(row, arrival)


def _answered(row: InboundMessage, arrival: Arrival) -> Received:
    """What is acknowledged is 200, whatever the reply will say."""
    is_later = row.state in _FINISHED and wants_reply_later(arrival.message)
    status = HTTPStatus.OK if is_later else status_of(row.error_code)
    return Received(body=bytes(row.reply), status=status)


def _refuse_stale(row: InboundMessage) -> None:
    """An object's versions only grow. Messages of one object wait for each other here."""
    if not row.object_mrid or row.object_version is None:
        return
    with connection.cursor() as cursor:
        key = f"{row.endpoint_id} {row.object_mrid}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    applied = InboundMessage.objects.filter(
        endpoint_id=row.endpoint_id,
        object_mrid=row.object_mrid,
        object_version__isnull=False,
        state=State.APPLIED,
    ).aggregate(version=Max("object_version"))["version"]
    if applied is not None and row.object_version < applied:
        raise refusal(
            codes.REFUSED_BY_RULE,
            f"stale: version {row.object_version} came after version {applied}",
            id=Id(row.object_mrid),
            level=ErrorLevel.INFORM,
        )


def _set_answer(row: InboundMessage, arrival: Arrival, answer: Answer) -> None:
    row.object_mrid = row.object_mrid or answer.object_mrid[:100]
    row.reply = _reply(row, arrival, answer)
    row.state, row.result = State.APPLIED, answer.result
    row.error_code, row.error = _told(answer.errors)


def _set_refusal(row: InboundMessage, arrival: Arrival, refused: InboundRefused) -> None:
    """A failure that may pass is answered at once, also where the reply was to come later."""
    row.state = State.FAILED if refused.is_retryable else State.REFUSED
    if refused.is_retryable:
        row.reply = refusal_bytes(arrival, refused.errors)
    else:
        answer = Answer(result=ReplyResult.FAILED, errors=refused.errors)
        row.reply = _reply(row, arrival, answer)
    row.result = ReplyResult.FAILED
    row.error_code, row.error = _told(refused.errors)


def _reply(row: InboundMessage, arrival: Arrival, answer: Answer) -> bytes:
    """The reply, or the acknowledgement that it comes later."""
    if wants_reply_later(arrival.message):
        return reply_later(arrival, answer, object_mrid=row.object_mrid)
    return reply_bytes(arrival, answer)


def _told(errors: tuple[Error, ...]) -> tuple[str, str]:
    first = errors[0].code if errors else ""
    return first, "; ".join(f"{each.code} {each.reason}".strip() for each in errors)


def _rejected(arrival: Arrival, body: bytes, refused: InboundRefused) -> Received:
    """Not admitted: on record and answered, and its MessageID stays free."""
    row = _row_of_rejected(arrival.endpoint, arrival.message, arrival.at)
    row.reply = refusal_bytes(arrival, refused.errors)
    _record_rejected(row, body, refused.errors)
    return Received(body=bytes(row.reply), status=status_of(row.error_code))


def reject_unreadable(*, endpoint: Endpoint, body: bytes, reason: str, at: datetime) -> Received:
    """F16: put on record what a binding could not unpack. The answer is a FaultMessage."""
    return _unreadable(endpoint, body, codes.INVALID, reason, at)


def _unreadable(endpoint: Endpoint, body: bytes, code: str, reason: str, at: datetime) -> Received:
    answer = fault(code, reason, status=400)
    row = InboundMessage(endpoint=endpoint, received_at=at, last_received_at=at, reply=answer.body)
    _record_rejected(row, body, refusal(code, reason).errors)
    return answer


def _row_of_rejected(endpoint: Endpoint, message: Message, at: datetime) -> InboundMessage:
    header = message.header
    return InboundMessage(
        endpoint=endpoint,
        message_id=header.message_id[:100],
        correlation_id=header.correlation_id[:100],
        verb=header.verb.value,
        noun=header.noun[:60],
        received_at=at,
        last_received_at=at,
    )


def _record_rejected(row: InboundMessage, body: bytes, errors: tuple[Error, ...]) -> None:
    row.body, row.sha256 = body[:_KEPT_OF_REJECTED], sha256(body).hexdigest()
    row.state, row.result = State.REJECTED, ReplyResult.FAILED
    row.error_code, row.error = _told(errors)
    row.save(force_insert=True)
    security.warning(
        "inbound message rejected: endpoint %s, MessageID %r, %s",
        row.endpoint_id, row.message_id, row.error_code,
    )  # fmt: skip
