"""F1, F9, F24: workers are killed and frozen in mid-delivery, Redis forgets everything.

Notices about a few DER go to two DERMS that answer slowly, one at a time each. The workers are
real Celery processes; everything they share dies with them but PostgreSQL.
"""

import signal
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest

from exchange.models import DeliveryAttempt
from tests.derms import TwoDerms

from .telling import arrived, assert_all_told, is_all_delivered, tell, wait_for_progress
from .workers import Crew, wait_for

pytestmark = [
    pytest.mark.delivery,
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
]
REDIS_DATABASE = 12
# Shorter than by default: this is what the tests wait for.
IMPATIENT = {"EXCHANGE_LEASE_SECONDS": "4", "EXCHANGE_DRAIN_SECONDS": "1"}
PATIENCE_S = 120  # the long run measures how long it takes; here it only has to happen


def test_nothing_is_lost_when_workers_are_killed_and_redis_forgets(
    slow_derms: TwoDerms, crew: Crew
) -> None:
    ders = [uuid4() for _ in range(8)]
    crew.variables = IMPATIENT
    crew.start("beat", "worker")
    tell(slow_derms, ders, (1, 2))
    wait_for_progress(slow_derms, 3, PATIENCE_S)

    crew.kill("worker")
    crew.forget_all_bells()
    tell(slow_derms, ders, (3, 4))
    crew.start("worker")
    wait_for_progress(slow_derms, 2, PATIENCE_S)

    crew.kill("worker", "beat")
    tell(slow_derms, ders, (5, 6))  # more than one drain, so one bell is not enough
    crew.forget_all_bells()
    crew.start("beat", "worker")
    wait_for_progress(slow_derms, 2, PATIENCE_S)

    crew.forget_all_bells()
    wait_for("everything is delivered", is_all_delivered, seconds=PATIENCE_S)
    for one in slow_derms:
        assert_all_told(one, ders, 6, most_duplicates=2)


def test_a_frozen_worker_that_comes_back_disturbs_nobody(slow_derms: TwoDerms, crew: Crew) -> None:
    ders = [uuid4() for _ in range(5)]
    crew.variables = IMPATIENT
    crew.start("beat", "worker")
    tell(slow_derms, ders, (1, 2))
    wait_for_progress(slow_derms, 2, PATIENCE_S)

    frozen = crew.freeze("worker")
    tell(slow_derms, ders, (3, 4))
    crew.start("worker")
    try:
        wait_for("everything is delivered", is_all_delivered, seconds=PATIENCE_S)
        written = attempts_in_database()
    finally:
        crew.running["frozen"] = frozen
        crew.signal("frozen", signal.SIGCONT)
    wait_for_quiet(slow_derms)

    assert attempts_in_database() == written
    for one in slow_derms:
        assert_all_told(one, ders, 4, most_duplicates=1)


def attempts_in_database() -> list[dict[str, Any]]:
    return list(DeliveryAttempt.objects.order_by("id").values())


def wait_for_quiet(derms: TwoDerms) -> None:
    """Long enough for a thawed worker to send what it held: a second without a message."""
    last = [arrived(derms), monotonic()]

    def is_quiet() -> bool:
        now = arrived(derms)
        if now != last[0]:
            last[:] = [now, monotonic()]
        return monotonic() - last[1] > 1

    wait_for("a second without a message", is_quiet, seconds=20)
