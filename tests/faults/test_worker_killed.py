"""F1, F9, F24: workers are killed and frozen in mid-delivery, Redis forgets everything.

120 notices about 15 DER go to two DERMS that answer slowly, one at a time each. The workers are
real Celery processes; everything they share dies with them but PostgreSQL.
"""

import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from cim.profiles import end_device_config
from cim.tests.examples import DER
from customers.selectors import Provider
from exchange.models import DeliveryAttempt, Endpoint, OutboundMessage
from exchange.services import enqueue_for
from tests.derms import Derms, TwoDerms, two_derms

from .workers import Crew, wait_for

pytestmark = [
    pytest.mark.delivery,
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(180),
]
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ANSWER_S = 0.15
VERSIONS = 4
MOVING_AGAIN_S = 15
MORE_THAN_ONE_DRAIN = 60  # a drain ends after 4 s, so another bell must ring


@pytest.fixture
def derms(db: None, tmp_path: Path, gridpool: Provider) -> Iterator[TwoDerms]:
    """Two slow DERMS that take one message at a time."""
    with two_derms(tmp_path / "derms", gridpool) as both:
        Endpoint.objects.update(concurrency=1)
        for one in both:
            one.behave("slow", ANSWER_S)
        yield both


@pytest.fixture
def crew(request: Any, tmp_path: Path, derms: TwoDerms) -> Iterator[Crew]:
    """Beat and a worker. Each test has its own Redis database, so that both may run at once."""
    crew = Crew(tmp_path, redis_database=12 if "killed" in request.node.name else 13)
    crew.forget_all_bells()
    crew.start("beat", "worker")
    yield crew
    crew.stop()


def tell(derms: TwoDerms, ders: list[UUID], versions: range) -> None:
    """Commit these versions of these DER, one transaction each."""
    for version in versions:
        for mrid in ders:
            with transaction.atomic():
                tell_version(derms, mrid, version)


def tell_version(derms: TwoDerms, mrid: UUID, version: int) -> None:
    facts = replace(DER, mrid=str(mrid), version=version)
    enqueue_for(
        endpoints=[one.endpoint for one in derms],
        noun="EndDeviceConfig",
        verb="created" if version == 1 else "changed",
        object_mrid=mrid,
        object_version=version,
        payload=lambda: end_device_config.to_element(facts),
        at=NOON,
    )


def arrived(derms: TwoDerms) -> int:
    """Messages that reached both simulators, duplicates included."""
    return sum(len(one.log()) for one in derms)


def wait_for_progress(derms: TwoDerms, messages: int, seconds: float) -> float:
    """Until some more messages arrived at each of them."""
    goals = {one: len(one.log()) + messages for one in derms}
    return wait_for(
        f"{messages} more messages at each DERMS",
        lambda: all(len(one.log()) >= goal for one, goal in goals.items()),
        seconds=seconds,
    )


def is_all_delivered() -> bool:
    return not OutboundMessage.objects.exclude(state="delivered").exists()


def assert_all_told(one: Derms, ders: list[UUID], most_duplicates: int) -> None:
    """Nothing lost, nothing invented, in order for each DER, few duplicates."""
    records = one.log()
    assert {record["verdict"] for record in records} <= {"applied", "duplicate"}
    assert one.duplicates() <= most_duplicates
    first = [record for record in records if record["verdict"] == "applied"]
    for mrid in ders:
        changes = [change for record in first for change in record["changes"]]
        versions = [each["version"] for each in changes if each["mrid"] == str(mrid)]
        assert versions == list(range(1, VERSIONS + 1))
    assert len(first) == len(ders) * VERSIONS
    assert {mrid: der["version"] for mrid, der in one.picture().items()} == {
        str(mrid): VERSIONS for mrid in ders
    }


def test_nothing_is_lost_when_workers_are_killed_and_redis_forgets(
    derms: TwoDerms, crew: Crew
) -> None:
    ders = [uuid4() for _ in range(15)]
    tell(derms, ders, range(1, 3))
    wait_for_progress(derms, 3, seconds=60)

    crew.kill("worker")
    crew.forget_all_bells()
    tell(derms, ders, range(3, VERSIONS + 1))
    crew.start("worker")
    assert_moving_again(derms, crew)

    crew.kill("worker", "beat")
    crew.forget_all_bells()
    crew.start("beat", "worker")
    assert_moving_again(derms, crew)

    crew.forget_all_bells()
    assert OutboundMessage.objects.filter(state="pending").count() > MORE_THAN_ONE_DRAIN
    wait_for("everything is delivered", is_all_delivered, seconds=60)

    for one in derms:
        assert_all_told(one, ders, most_duplicates=2)


def assert_moving_again(derms: TwoDerms, crew: Crew) -> None:
    """Within 15 s of the start of a worker; a lease of 10 s is the longest part of it."""
    crew.wait_until_ready()
    wait_for_progress(derms, 2, seconds=MOVING_AGAIN_S)


def test_a_frozen_worker_that_comes_back_disturbs_nobody(derms: TwoDerms, crew: Crew) -> None:
    ders = [uuid4() for _ in range(5)]
    tell(derms, ders, range(1, 3))
    wait_for_progress(derms, 2, seconds=60)

    frozen = crew.freeze("worker")
    tell(derms, ders, range(3, VERSIONS + 1))
    crew.start("worker")
    try:
        wait_for("everything is delivered", is_all_delivered, seconds=60)
        written = attempts_in_database()
    finally:
        crew.running["frozen"] = frozen
        crew.signal("frozen", signal.SIGCONT)
    wait_for_quiet(derms)

    assert attempts_in_database() == written
    for one in derms:
        assert_all_told(one, ders, most_duplicates=1)


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
