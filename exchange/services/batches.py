"""The database's side of a delivery: claim a batch, record how each attempt ended (F1, F18, F24).

Every function here runs in a transaction of its own that begins with the lease's lock, and outlives
a restart of PostgreSQL.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from .leases import (
    Lease,
    LeaseLost,
    Standing,
    hold,
    note_alive,
    note_denials,
    note_failures,
    standing_of,
)
from .names import keep_names
from .reconnecting import through_restarts
from .remainders import send_remainder
from .replies import Answer, Verdict
from .sending import Parcel
from .suspending import suspend

BATCH = 128
# Each worker slot has this many messages waiting: so few are marked as tried when it is killed.
_PER_CONNECTION = 4
_BREAK_AFTER = 5
_SUSPEND_AFTER_DENIALS = 3
_DISPATCH_CAP_S = 10.0
_PROBE_CAP_S = 30.0
_BASE_S = 1.0
_CAP_S = 900.0

# The first unfinished message of each object, if it is due. Repeats hold up nothing, failed ones
# only where the endpoint wants it so, and a remainder goes before everything else of its object.
# OFFSET 0 keeps the planner from joining: before it knows how long a new backlog is, it would read
# all of it for each message.
_HEADS = """
FROM exchange_outboundmessage AS head
WHERE head.endpoint_id = {endpoint} AND head.state = 'pending'
  AND head.due_at <= clock_timestamp()
  AND NOT EXISTS (
    SELECT FROM exchange_outboundmessage AS earlier
    WHERE earlier.endpoint_id = head.endpoint_id AND earlier.ordering_key = head.ordering_key
      AND earlier.sequence < head.sequence AND earlier.state IN ('pending', 'dead')
      AND (earlier.state = 'pending' OR {blocks}) AND NOT earlier.is_repeat
      AND (head.remainder_of_id IS NULL OR earlier.remainder_of_id IS NOT NULL)
    OFFSET 0)
  AND (head.remainder_of_id IS NOT NULL OR NOT EXISTS (
    SELECT FROM exchange_outboundmessage AS rest
    WHERE rest.endpoint_id = head.endpoint_id AND rest.ordering_key = head.ordering_key
      AND rest.remainder_of_id IS NOT NULL AND rest.state IN ('pending', 'dead')
      AND (rest.state = 'pending' OR {blocks}) AND NOT rest.is_repeat
    OFFSET 0))
"""
_CLAIM = """
WITH heads AS MATERIALIZED (
  SELECT head.id, head.sequence, head.unanswered_count {heads}
  ORDER BY head.sequence LIMIT %(limit)s
), poison AS (
  UPDATE exchange_outboundmessage AS message
  SET state = CASE WHEN is_repeat THEN 'delivered' ELSE 'dead' END, is_repeat = false,
      finished_at = clock_timestamp(), unanswered_count = 0,
      last_error = 'gave up: the worker died during each of the last attempts'
  FROM heads WHERE message.id = heads.id AND heads.unanswered_count >= %(most)s
), suspects AS (
  -- What died with its worker may have killed it: it goes alone.
  SELECT min(sequence) AS first FROM heads
  WHERE unanswered_count > 0 AND unanswered_count < %(most)s
), chosen AS (
  SELECT heads.id FROM heads, suspects
  WHERE unanswered_count < %(most)s AND (first IS NULL OR sequence = first)
), claimed AS (
  UPDATE exchange_outboundmessage AS message
  SET attempt_count = attempt_count + 1, unanswered_count = unanswered_count + 1
  FROM chosen WHERE message.id = chosen.id
  RETURNING message.*
), tried AS (
  INSERT INTO exchange_deliveryattempt
    (message_id, number, started_at, reply_result, error, response)
  SELECT id, attempt_count, clock_timestamp(), '', '', '' FROM claimed
)
SELECT id, attempt_count, message_id, correlation_id, body, clock_timestamp(), noun
FROM claimed ORDER BY sequence
"""
# What is late may no longer be done: it is not sent at all.
_EXPIRE = """
UPDATE exchange_outboundmessage
SET state = 'dead', finished_at = clock_timestamp(), last_error =
  'expired: not delivered within ' || %(seconds)s || ' s' ||
  CASE WHEN last_error = '' THEN '' ELSE ' (' || last_error || ')' END
WHERE endpoint_id = %(endpoint)s AND state = 'pending' AND NOT is_repeat
  AND retrying_since < clock_timestamp() - %(seconds)s * interval '1 second'
"""
# Only the latest attempt of a message decides, and only once: who comes late (the lease is lost) or
# for the second time (the answer to the commit was lost) writes nothing over what came after.
_END = """
WITH new AS (
  SELECT * FROM unnest(%(ids)s::bigint[], %(numbers)s::int[], %(statuses)s::int[],
    %(results)s::text[], %(errors)s::text[], %(responses)s::text[], %(verdicts)s::text[],
    %(pauses)s::float8[]) AS new (id, number, status, result, error, response, verdict, pause)
), latest AS (
  SELECT new.*, message.is_repeat, message.state,
    attempt_count - forgiven_count >= %(most)s
    OR retrying_since < clock_timestamp() - %(hours)s * interval '1 hour' AS is_spent
  FROM new JOIN exchange_outboundmessage AS message
    ON message.id = new.id AND message.attempt_count = new.number
), ended AS (
  UPDATE exchange_deliveryattempt AS attempt
  SET ended_at = clock_timestamp(), http_status = latest.status, reply_result = latest.result,
      error = latest.error, response = latest.response
  FROM latest WHERE attempt.message_id = latest.id AND attempt.number = latest.number
    AND attempt.ended_at IS NULL
  RETURNING attempt.message_id
), verdict AS (
  SELECT latest.id, latest.error, latest.pause,
    CASE WHEN latest.verdict = 'retry' AND NOT is_spent THEN 'pending'
         WHEN latest.verdict = 'delivered' OR is_repeat THEN 'delivered'
         ELSE 'dead' END AS state
  FROM latest JOIN ended ON ended.message_id = latest.id WHERE latest.state = 'pending'
)
UPDATE exchange_outboundmessage AS message
SET state = verdict.state, is_repeat = message.is_repeat AND verdict.state = 'pending',
    finished_at = CASE WHEN verdict.state = 'pending' THEN NULL ELSE clock_timestamp() END,
    due_at = clock_timestamp() + verdict.pause * interval '1 second',
    unanswered_count = 0, last_error = verdict.error
FROM verdict WHERE message.id = verdict.id
RETURNING message.id
"""
# The endpoint was away and is back: what was tried meanwhile waits no longer.
_AT_ONCE = """
UPDATE exchange_outboundmessage SET due_at = clock_timestamp()
WHERE endpoint_id = %(endpoint)s AND state = 'pending' AND due_at > clock_timestamp()
"""
_UNCLAIM = """
WITH gone AS (
  DELETE FROM exchange_deliveryattempt AS attempt
  USING unnest(%(ids)s::bigint[], %(numbers)s::int[]) AS unsent (id, number)
  WHERE attempt.message_id = unsent.id AND attempt.number = unsent.number
  RETURNING attempt.message_id)
UPDATE exchange_outboundmessage AS message
SET attempt_count = attempt_count - 1, unanswered_count = greatest(unanswered_count - 1, 0)
FROM gone WHERE message.id = gone.message_id
"""

Ending = tuple[Parcel, Answer]


@dataclass(frozen=True)
class Limits:
    """How long one message is tried (F3, F18)."""

    most_attempts: int
    most_hours: float
    most_unanswered: int

    @classmethod
    def of(cls, lease: Lease) -> "Limits":
        """The utility's figures; the defaults try for 72 hours and survive five crashes."""
        expiry_hours = settings.EXCHANGE_DISPATCH_SECONDS / 3600
        return cls(
            most_attempts=settings.EXCHANGE_MAX_ATTEMPTS,
            most_hours=expiry_hours if lease.is_dispatch else settings.EXCHANGE_RETRY_HOURS,
            most_unanswered=settings.EXCHANGE_MAX_INTERRUPTED,
        )


def with_heads(sql: str, endpoint: str, blocks: str) -> str:
    """The statement with {heads} filled in: placeholders or columns for the endpoint's facts."""
    return sql.format(heads=_HEADS.format(endpoint=endpoint, blocks=blocks))


@through_restarts
def claim(*, lease: Lease, concurrency: int, most: int = BATCH) -> list[Parcel]:
    """Due messages, each the first unfinished one of its object, marked as tried.

    The attempts are counted and committed before anything is sent. An endpoint that failed
    several times in a row is probed with one message. Raises LeaseLost.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        standing = hold(lease)
        if standing.is_pausing:
            return []
        is_probing = standing.failure_streak >= _BREAK_AFTER
        limit = 1 if is_probing else min(BATCH, most, concurrency * _PER_CONNECTION)
        where = {
            "endpoint": lease.endpoint_id,
            "blocks": lease.is_blocking,
            "limit": limit,
            "most": Limits.of(lease).most_unanswered,
            "seconds": settings.EXCHANGE_DISPATCH_SECONDS,
        }
        if lease.is_dispatch:
            cursor.execute(_EXPIRE, where)
        cursor.execute(with_heads(_CLAIM, "%(endpoint)s", "%(blocks)s"), where)
        return [_parcel(row) for row in cursor.fetchall()]


@through_restarts
def record(*, lease: Lease, endings: Sequence[Ending]) -> bool:
    """Write how these attempts ended, in one transaction.

    Returns whether the endpoint may be sent more: these answers may have suspended it. Raises
    LeaseLost; then the answers are still written, but for messages that were tried again since.
    """
    with transaction.atomic():
        standing = standing_of(lease)
        written = _end(lease, endings)
        if standing is not None:
            return _note_health(lease, standing, written)
    raise LeaseLost(f"endpoint {lease.endpoint_id} has another worker")


def _end(lease: Lease, endings: Sequence[Ending]) -> list[Answer]:
    """Returns the answers that counted."""
    limits = Limits.of(lease)
    rows = _end_rows(lease, endings)
    with connection.cursor() as cursor:
        cursor.execute(_END, {**rows, "most": limits.most_attempts, "hours": limits.most_hours})
        counted = {row[0] for row in cursor.fetchall()}
    written = [(parcel, answer) for parcel, answer in endings if parcel.message_pk in counted]
    keep_names(written)
    for parcel, answer in written:
        if answer.failed_operations:
            send_remainder(message_pk=parcel.message_pk, operations=answer.failed_operations)
    return [answer for _, answer in written]


@through_restarts
def unclaim(*, lease: Lease, parcels: Sequence[Parcel]) -> None:
    """Undo the claim of messages that were not sent at all. Raises LeaseLost."""
    with transaction.atomic(), connection.cursor() as cursor:
        hold(lease)
        cursor.execute(
            _UNCLAIM,
            {
                "ids": [parcel.message_pk for parcel in parcels],
                "numbers": [parcel.attempt_number for parcel in parcels],
            },
        )


def backoff_s(*, failed_attempts: int, retry_after_s: float | None) -> float:
    """Seconds until the next attempt: Retry-After as told, else full jitter up to 15 minutes."""
    if retry_after_s is not None:
        return retry_after_s
    ceiling = min(_CAP_S, _BASE_S * 2.0 ** min(failed_attempts, 20))
    return random.uniform(0, ceiling)  # noqa: S311 - spreads retries, hides nothing


def _note_health(lease: Lease, standing: Standing, answers: Sequence[Answer]) -> bool:
    if not answers:
        return True
    silent = [answer for answer in answers if not answer.is_alive]
    if len(silent) < len(answers):
        _note_alive(lease, standing, answers)
    else:
        told = [answer.retry_after_s or 0.0 for answer in silent]
        pause_s = max(_probe_pause_s(standing.failure_streak + len(silent)), *told)
        note_failures(lease, failures=len(silent), pause_s=pause_s)
    return _note_denials(lease, standing.denied_streak, answers)


def _note_alive(lease: Lease, standing: Standing, answers: Sequence[Answer]) -> None:
    if standing.failure_streak:
        note_alive(lease)
    is_told = any(answer.verdict is Verdict.DELIVERED for answer in answers)
    if is_told and standing.failure_streak >= _BREAK_AFTER:
        with connection.cursor() as cursor:
            cursor.execute(_AT_ONCE, {"endpoint": lease.endpoint_id})


def _note_denials(lease: Lease, before: int, answers: Sequence[Answer]) -> bool:
    """Suspend an endpoint that is gone, or that denies us again and again; may it be sent more?"""
    gone = next((answer for answer in answers if answer.is_gone), None)
    streak = before
    for answer in answers:
        streak = streak + 1 if answer.is_denied else 0
    if gone is not None:
        suspend(lease.endpoint_id, reason=f"The endpoint says that it is gone ({gone.error}).")
        return False
    if streak < _SUSPEND_AFTER_DENIALS:
        if streak != before:
            note_denials(lease, denials=streak)
        return True
    suspend(
        lease.endpoint_id,
        reason=f"The endpoint denied us {streak} times in a row ({answers[-1].error}).",
    )
    return False


def _probe_pause_s(streak: int) -> float:
    """How long to leave a failing endpoint alone: nothing at first, at most half a minute."""
    if streak < _BREAK_AFTER:
        return 0.0
    ceiling = min(_PROBE_CAP_S, 2.0 ** min(streak - _BREAK_AFTER, 10))
    return random.uniform(ceiling / 2, ceiling)  # noqa: S311 - as above


def _parcel(row: tuple[Any, ...]) -> Parcel:
    pk, number, message_id, correlation_id, body, now, noun = row
    return Parcel(pk, number, message_id, correlation_id, bytes(body), now, noun)


def _end_rows(lease: Lease, endings: Sequence[Ending]) -> dict[str, Any]:
    answers = [answer for _, answer in endings]
    return {
        "ids": [parcel.message_pk for parcel, _ in endings],
        "numbers": [parcel.attempt_number for parcel, _ in endings],
        "statuses": [answer.http_status for answer in answers],
        "results": [answer.reply_result for answer in answers],
        "errors": [answer.error for answer in answers],
        "responses": [answer.response for answer in answers],
        "verdicts": [answer.verdict.value for answer in answers],
        "pauses": [_pause_s(lease, parcel, answer) for parcel, answer in endings],
    }


def _pause_s(lease: Lease, parcel: Parcel, answer: Answer) -> float:
    if answer.verdict is not Verdict.RETRY:
        return 0.0
    pause = backoff_s(failed_attempts=parcel.attempt_number, retry_after_s=answer.retry_after_s)
    is_short = lease.is_dispatch and answer.retry_after_s is None
    return min(pause, _DISPATCH_CAP_S) if is_short else pause
