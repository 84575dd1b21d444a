"""F9, F15, F23: workers that are told to stop, have a wrong clock, or start before Redis does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from derportal.embedded.process import StartError
from derportal.embedded.valkey import Valkey, find_server
from exchange.models import DeliveryAttempt, DeliveryLease
from tests.derms import TwoDerms

from .telling import assert_all_told, is_all_delivered, tell, wait_for_progress
from .workers import Crew, wait_for

pytestmark = [
    pytest.mark.delivery,
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
]
REDIS_DATABASE = 13
PATIENCE_S = 120
IN_THREADS = ("--pool", "threads", "-c", "4")
WRONG_CLOCK = Path(__file__).parent / "wrong_clock"


def test_a_worker_that_is_told_to_stop_leaves_nothing_half_done(
    slow_derms: TwoDerms, crew: Crew
) -> None:
    ders = [uuid4() for _ in range(12)]
    crew.options, crew.variables = IN_THREADS, {"EXCHANGE_DRAIN_SECONDS": "1"}
    crew.start("beat", "worker")
    tell(slow_derms, ders, (1, 2))
    wait_for_progress(slow_derms, 3, PATIENCE_S)

    assert crew.end("worker") == 0
    assert not is_all_delivered(), "it stopped in the middle"
    assert not DeliveryLease.objects.filter(lease_token__isnull=False).exists()
    assert not DeliveryAttempt.objects.filter(ended_at=None).exists()

    crew.start("worker")
    wait_for("everything is delivered", is_all_delivered, seconds=PATIENCE_S)
    for one in slow_derms:
        assert_all_told(one, ders, 2, most_duplicates=0)


@pytest.mark.parametrize("ahead_s", [3600, -3600])
def test_a_worker_with_a_wrong_clock_delivers_like_any_other(
    slow_derms: TwoDerms, crew: Crew, ahead_s: int
) -> None:
    ders = [uuid4() for _ in range(5)]
    crew.variables = {"CLOCK_SHIFT_S": str(ahead_s), "PYTHONPATH": str(WRONG_CLOCK)}
    crew.start("beat", "worker")
    began = database_now()
    tell(slow_derms, ders, (1, 2))
    wait_for("everything is delivered", is_all_delivered, seconds=PATIENCE_S)
    for one in slow_derms:
        assert_all_told(one, ders, 2, most_duplicates=0)
    for attempt in DeliveryAttempt.objects.all():
        assert attempt.ended_at is not None
        assert began <= attempt.started_at <= attempt.ended_at <= database_now()


def database_now() -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server of its own, because this one is not there at first."""
    for part in ("run", "log"):
        (tmp_path / part).mkdir()
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.stop()


def is_valkey_here() -> bool:
    try:
        find_server()
    except StartError:
        return False
    return True


@pytest.mark.skipif(not is_valkey_here(), reason="no Valkey to start and stop")
def test_workers_that_start_before_redis_deliver_when_it_comes(
    slow_derms: TwoDerms, valkey: Valkey, crew: Crew, settings: Any
) -> None:
    settings.REDIS_URL = valkey.url
    child = valkey.child
    assert child is not None
    child.stop()
    crew.redis_database = 0
    crew.start("beat", "worker")
    ders = [uuid4() for _ in range(3)]
    tell(slow_derms, ders, [1])
    for name in ("beat", "worker"):
        wait_for(f"{name} misses Redis", lambda name=name: misses_redis(crew, name), seconds=120)

    child.start()
    wait_for("everything is delivered", is_all_delivered, seconds=PATIENCE_S)
    for one in slow_derms:
        assert_all_told(one, ders, 1, most_duplicates=0)


def misses_redis(crew: Crew, name: str) -> bool:
    text = crew.log(name).read_text() if crew.log(name).exists() else ""
    return "refused" in text or "Cannot connect" in text or "Connection Error" in text
