"""Is the process alive (`healthz`), and can it do its work (`readyz`)?

`readyz` names what is down and nothing more: no exception text, address or version leaves the
house. Each check may take a second; one that hangs (a frozen database, say) counts as down, and
its thread is left to end by itself.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 1.0
HEARTBEAT_KEY = "derportal:heartbeat"
HEARTBEAT_MAX_AGE_SECONDS = 60
_REMEMBERED_S = 3600

Check = Callable[[], bool]
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="health")
_seen: dict[str, bool] = {}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Deliberately asks nobody else: a restart would not mend the database."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when everything this product needs is there, else 503 and the names of what is down."""
    results = run_checks(CHECKS)
    down = [name for name, is_up in results.items() if not is_up]
    body = {"status": "down" if down else "up", "down": down, "checks": results}
    return JsonResponse(body, status=503 if down else 200)


def run_checks(checks: dict[str, Check]) -> dict[str, bool]:
    """Run all checks at the same time, and wait one second for them together."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    running = {name: _threads.submit(check) for name, check in checks.items()}
    return {name: _outcome(name, future, deadline) for name, future in running.items()}


def _outcome(name: str, future: Future[bool], deadline: float) -> bool:
    try:
        return future.result(max(0.0, deadline - time.monotonic()))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is down
        future.cancel()
        logger.warning("Health check %s failed: %s", name, type(error).__name__)
        return False


def is_database_up() -> bool:
    """The database answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    finally:
        connection.close()


def are_migrations_applied() -> bool:
    """Every migration this code knows is in the database.

    Once seen true it stays true for this process.
    """
    if not _seen.get("migrations"):
        try:
            executor = MigrationExecutor(connection)
            _seen["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        finally:
            connection.close()
    return _seen["migrations"]


def is_redis_up() -> bool:
    """Redis answers a ping."""
    with _redis() as client:
        return bool(client.ping())


def is_worker_alive() -> bool:
    """A worker ran the heartbeat task within the last minute."""
    age = heartbeat_age_seconds()
    return age is not None and age <= HEARTBEAT_MAX_AGE_SECONDS


def heartbeat_age_seconds() -> float | None:
    """Seconds since a worker last ran the heartbeat, by the clock of Redis; None: long ago."""
    with _redis() as client:
        left_ms = int(client.pttl(HEARTBEAT_KEY))
    return None if left_ms < 0 else _REMEMBERED_S - left_ms / 1000


def record_heartbeat() -> None:
    """Note that a worker is alive now."""
    with _redis() as client:
        client.set(HEARTBEAT_KEY, "alive", ex=_REMEMBERED_S)


def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


CHECKS: dict[str, Check] = {
    "database": is_database_up,
    "migrations": are_migrations_applied,
    "redis": is_redis_up,
    "worker": is_worker_alive,
}
