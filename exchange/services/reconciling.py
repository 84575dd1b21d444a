"""M1, F26: compare what an endpoint may read with what it knows. Sets, no loops."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, connection, transaction

from exchange.models import Difference, Endpoint, Reconciliation
from exchange.streams import bounds_of

from .outbox import lock_for_messages

# What an endpoint may read (ours) beside what it knows (theirs).
_COMPARE = """
WITH ours AS (
  SELECT object_mrid, object_version FROM exchange_publication
  WHERE endpoint_id = %(endpoint)s AND NOT is_withdrawn
    AND object_mrid BETWEEN %(first)s AND %(last)s
), theirs AS ({theirs}), both_sides AS (
  SELECT coalesce(ours.object_mrid, theirs.object_mrid) AS object_mrid,
         ours.object_version AS our_version, theirs.object_version AS their_version,
         CASE WHEN theirs.object_mrid IS NULL THEN 'missing'
              WHEN ours.object_mrid IS NULL THEN 'unexpected'
              WHEN theirs.object_version < ours.object_version THEN 'outdated'
              WHEN theirs.object_version > ours.object_version THEN 'ahead' END AS kind
  FROM ours FULL JOIN theirs USING (object_mrid)
), stored AS (
  INSERT INTO exchange_difference
    (reconciliation_id, object_mrid, kind, our_version, their_version)
  SELECT %(reconciliation)s, object_mrid, kind, our_version, their_version
  FROM both_sides WHERE kind IS NOT NULL
)
SELECT count(*) FILTER (WHERE kind IS NULL), count(kind) FROM both_sides
"""
_CLAIMED = """
  SELECT object_mrid, object_version
  FROM unnest(%(mrids)s::uuid[], %(versions)s::bigint[]) AS claimed (object_mrid, object_version)"""
# The last word on each object that was delivered or still waits; what failed was not told.
_TOLD = """
  SELECT object_mrid, object_version FROM (
    SELECT DISTINCT ON (object_mrid) object_mrid, object_version, verb
    FROM exchange_outboundmessage
    WHERE endpoint_id = %(endpoint)s AND noun = %(noun)s AND state IN ('pending', 'delivered')
      AND verb <> 'reply'
    ORDER BY object_mrid, sequence DESC) AS last
  WHERE verb <> 'deleted'"""


class ListRefused(Exception):
    """The list holds an mRID outside the slice that it is for."""


class ResyncRefused(Exception):
    """There is nothing to send, or another comparison's differences are being sent."""


@transaction.atomic
def compare_with_list(
    *, endpoint: Endpoint, known: Mapping[UUID, int], at: datetime, prefix: str = ""
) -> Reconciliation:
    """Record how an endpoint's own list (version by mRID) differs from what it may read.

    With ``prefix`` (hexadecimal digits) the list holds only mRIDs that begin with it. Raises
    ListRefused.
    """
    first, last = bounds_of(prefix)
    if outside := [mrid for mrid in known if not first <= mrid <= last]:
        raise ListRefused(f"{outside[0]} does not begin with {prefix}.")
    claimed = {"mrids": list(known), "versions": list(known.values())}
    return _compare(endpoint, Reconciliation.Source.ENDPOINT, (_CLAIMED, claimed), prefix, at)


@transaction.atomic
def compare_with_deliveries(*, endpoint: Endpoint, noun: str, at: datetime) -> Reconciliation:
    """The nightly self-check: was the endpoint told of everything that it may read?

    Messages that still wait count as told; failed ones do not.
    """
    return _compare(endpoint, Reconciliation.Source.DELIVERIES, (_TOLD, {"noun": noun}), "", at)


def begin_resync(
    *, reconciliation: Reconciliation, by: AbstractBaseUser, at: datetime
) -> Reconciliation:
    """Note who asked for the differences to be sent; a worker does it (sending_differences()).

    Asking again while they are sent, or after, changes nothing. Raises ResyncRefused.
    """
    with transaction.atomic():
        locked = Reconciliation.objects.select_for_update(of=("self",)).select_related("endpoint")
        fresh = locked.get(pk=reconciliation.pk)
        if fresh.resynced_at is not None:
            return fresh
        if not fresh.differences.filter(kind__in=Difference.SENT_KINDS).exists():
            raise ResyncRefused("There is nothing that could be sent.")
        fresh.resynced_at, fresh.resynced_by_id = at, by.pk
        _save_as_only_one(fresh)
    return fresh


def _save_as_only_one(reconciliation: Reconciliation) -> None:
    try:
        with transaction.atomic():
            reconciliation.save()
    except IntegrityError as other:
        raise ResyncRefused(
            "The differences of another comparison are being sent. Compare again after that."
        ) from other


@contextmanager
def sending_differences(
    *, reconciliation: Reconciliation, limit: int, at: datetime
) -> Iterator[list[Difference]]:
    """The next differences to send, locked for the caller's messages, noted as sent at the end.

    One transaction: a worker that is killed in it has sent none of them. What another worker sends
    now is passed over. The endpoint is locked first, as whoever else tells it something does.
    An empty list means that nothing is left; that is noted too.
    """
    with transaction.atomic():
        lock_for_messages([reconciliation.endpoint])
        left = reconciliation.differences.filter(
            kind__in=Difference.SENT_KINDS, sent_at__isnull=True
        )
        found = list(left.select_for_update().order_by("object_mrid")[:limit])
        yield found
        for each in found:
            each.sent_at = at
        Difference.objects.bulk_update(found, ["sent_at", "failure"])
        if not left.exists():
            Reconciliation.objects.filter(pk=reconciliation.pk).update(resync_ended_at=at)


def _compare(
    endpoint: Endpoint,
    source: str,
    theirs: tuple[str, Mapping[str, Any]],
    prefix: str,
    at: datetime,
) -> Reconciliation:
    made = Reconciliation.objects.create(endpoint=endpoint, source=source, compared_at=at)
    query, facts = theirs
    first, last = bounds_of(prefix)
    with connection.cursor() as cursor:
        cursor.execute(
            _COMPARE.format(theirs=query),
            {
                "endpoint": endpoint.pk,
                "reconciliation": made.pk,
                "first": first,
                "last": last,
                **facts,
            },
        )
        made.matching_count, made.difference_count = cursor.fetchone()
    made.save()
    return made
