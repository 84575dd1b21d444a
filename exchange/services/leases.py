"""Who may deliver to an endpoint: a lease with a token, on the database's clock.

Every write of a delivery begins with hold() or standing_of(): it locks the lease, checks the token
and renews it. A worker that was stopped past its lease finds another token there and can overwrite
nothing.
"""

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection

from .reconnecting import through_restarts

# While PostgreSQL is away no lease can be renewed, so each one holds for its time after a restart:
# whoever lives on has that long to write what it knows.
IS_FREE = """(lease.lease_until IS NULL OR clock_timestamp() > greatest(
    lease.lease_until, pg_postmaster_start_time() + %(lease)s * interval '1 second'))"""
_ACQUIRE = """
UPDATE exchange_deliverylease AS lease
SET lease_token = %(token)s, lease_until = clock_timestamp() + %(lease)s * interval '1 second',
    poked_at = NULL
FROM exchange_endpoint AS endpoint
WHERE lease.endpoint_id = %(endpoint)s AND endpoint.id = lease.endpoint_id AND endpoint.is_active
  AND {is_free}
  AND (lease.not_before IS NULL OR lease.not_before <= clock_timestamp())
  AND lease.suspended_at IS NULL
RETURNING endpoint.after_failure = 'block', endpoint.retry_profile = 'dispatch'
"""
_HOLD = """
UPDATE exchange_deliverylease
SET lease_until = clock_timestamp() + %(lease)s * interval '1 second'
WHERE endpoint_id = %(endpoint)s AND lease_token = %(token)s
RETURNING failure_streak, denied_streak,
  suspended_at IS NOT NULL OR coalesce(not_before > clock_timestamp(), false)
"""
_LOCK = "SELECT FROM exchange_deliverylease WHERE endpoint_id = %(endpoint)s FOR UPDATE"
_RELEASE = """
UPDATE exchange_deliverylease SET lease_token = NULL, lease_until = NULL, poked_at = NULL
WHERE endpoint_id = %(endpoint)s AND lease_token = %(token)s
"""
_NOTE_ALIVE = """
UPDATE exchange_deliverylease SET failure_streak = 0, not_before = NULL
WHERE endpoint_id = %(endpoint)s AND lease_token = %(token)s
"""
_NOTE_FAILURES = """
UPDATE exchange_deliverylease
SET failure_streak = failure_streak + %(failures)s,
    not_before = clock_timestamp() + %(pause)s * interval '1 second'
WHERE endpoint_id = %(endpoint)s AND lease_token = %(token)s
"""
_NOTE_DENIALS = """
UPDATE exchange_deliverylease SET denied_streak = %(denials)s
WHERE endpoint_id = %(endpoint)s AND lease_token = %(token)s
"""
_ENSURE = """
INSERT INTO exchange_deliverylease (endpoint_id, failure_streak) VALUES (%s, 0)
ON CONFLICT DO NOTHING
"""


class LeaseLost(Exception):
    """Another worker delivers to this endpoint now; this one must stop and write nothing."""


@dataclass(frozen=True)
class Standing:
    """How the endpoint did lately: failures and denials (401, 403) in a row.

    ``is_pausing``: it is to be left alone now.
    """

    failure_streak: int
    denied_streak: int
    is_pausing: bool


@dataclass(frozen=True)
class Lease:
    """The right to deliver to one endpoint, until the database says otherwise.

    With what the endpoint's settings say of failed messages (``is_blocking``: they hold up their
    object) and of late ones (``is_dispatch``: they expire).
    """

    endpoint_id: int
    token: UUID
    is_blocking: bool = True
    is_dispatch: bool = False


def lease_seconds() -> float:
    """How long a silent worker keeps an endpoint to itself."""
    return float(settings.EXCHANGE_LEASE_SECONDS)


def acquire(*, endpoint_id: int) -> Lease | None:
    """Take the endpoint, unless somebody has it, it is stopped, or it is not to be tried yet."""
    lease = Lease(endpoint_id=endpoint_id, token=uuid4())
    with connection.cursor() as cursor:
        cursor.execute(_ENSURE, [endpoint_id])
        cursor.execute(_ACQUIRE.replace("{is_free}", IS_FREE), _parameters(lease))
        row = cursor.fetchone()
    return row and replace(lease, is_blocking=row[0], is_dispatch=row[1])


def hold(lease: Lease) -> Standing:
    """Lock and renew the lease. Raises LeaseLost."""
    standing = standing_of(lease)
    if standing is None:
        raise LeaseLost(f"endpoint {lease.endpoint_id} has another worker")
    return standing


def standing_of(lease: Lease) -> Standing | None:
    """As hold(), but None if it is lost; also then nobody claims before the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, _parameters(lease))
        row = cursor.fetchone()
        if row is None:
            cursor.execute(_LOCK, _parameters(lease))
    return row and Standing(*row)


@through_restarts
def renew(lease: Lease) -> None:
    """Keep the lease while nothing else is written. Raises LeaseLost."""
    hold(lease)


@through_restarts
def release(lease: Lease) -> None:
    """Let the next worker have the endpoint at once. Does nothing if the lease is lost.

    A bell that rang meanwhile found the endpoint taken and is used up: the next one may ring.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, _parameters(lease))


def note_alive(lease: Lease) -> None:
    """The endpoint answered: try it without pauses again."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_ALIVE, _parameters(lease))


def note_failures(lease: Lease, *, failures: int, pause_s: float) -> None:
    """The endpoint did not answer; leave it alone for a while."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_FAILURES, _parameters(lease, failures=failures, pause=pause_s))


def note_denials(lease: Lease, *, denials: int) -> None:
    """So many answers in a row said that we may not."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_DENIALS, _parameters(lease, denials=denials))


def _parameters(lease: Lease, **more: float) -> dict[str, int | float | UUID]:
    return {
        "endpoint": lease.endpoint_id,
        "token": lease.token,
        "lease": lease_seconds(),
        **more,
    }
