"""F10, F24: PostgreSQL goes away between a request and the record of its answer."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from exchange.models import DeliveryAttempt, DeliveryLease, Endpoint, OutboundMessage
from exchange.services import drain
from exchange.services.batches import claim, record
from exchange.services.leases import Lease, LeaseLost, acquire
from exchange.services.replies import Answer, Verdict
from exchange.services.sending import Parcel

from .factories import make_endpoint, send
from .receiver import Receiver, receiving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.delivery]
LOGIN = ("host", "port", "user", "password", "dbname")
DELIVERED = Answer(verdict=Verdict.DELIVERED, is_alive=True, reply_result="OK")


@contextmanager
def database_away() -> Iterator[None]:
    """Every session is ended and none is let in, as in a restart."""
    facts = connection.get_connection_params() | {"dbname": "postgres"}
    login = {name: facts[name] for name in LOGIN if facts.get(name)}
    name = connection.settings_dict["NAME"]
    with psycopg.connect(**login, autocommit=True) as other:
        other.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        connection.close()
        try:
            yield
        finally:
            other.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')


def wait_until(is_true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < until
        time.sleep(0.01)


def _drain_in_thread(endpoint_id: int) -> None:
    try:
        drain(endpoint_id=endpoint_id)
    finally:
        connection.close()


def test_answers_that_came_while_the_database_was_away_are_written_when_it_is_back() -> None:
    with receiving(Receiver(delay_s=0.3)) as receiver:
        endpoint = make_endpoint(url=receiver.url, concurrency=3)
        for _ in range(9):
            send(endpoint)
        worker = threading.Thread(target=_drain_in_thread, args=[endpoint.pk])
        worker.start()
        wait_until(lambda: len(receiver.arrivals) >= 3)
        with database_away():
            wait_until(lambda: receiver.answered == len(receiver.arrivals))
        worker.join(60)
        drain(endpoint_id=endpoint.pk)
        assert sorted(receiver.sequences) == list(range(1, 10)), "each was sent once"
    assert set(OutboundMessage.objects.values_list("state", flat=True)) == {"delivered"}
    assert not DeliveryAttempt.objects.filter(ended_at=None).exists()


def test_an_answer_counts_although_the_lease_is_lost_if_nobody_has_tried_since() -> None:
    endpoint = make_endpoint()
    for _ in range(2):
        send(endpoint)
    slow, parcels = _claimed(endpoint)
    other = acquire(endpoint_id=_expired(endpoint).pk)
    assert other is not None
    with pytest.raises(LeaseLost):
        record(lease=slow, endings=[(parcels[0], DELIVERED)])
    again = claim(lease=other, concurrency=1)
    assert [each.message_pk for each in again] == [parcels[1].message_pk], "only the other one"

    before = list(OutboundMessage.objects.order_by("pk").values())
    with pytest.raises(LeaseLost):
        record(lease=slow, endings=[(parcels[1], DELIVERED)])
    assert list(OutboundMessage.objects.order_by("pk").values()) == before, "a newer try decides"
    assert [each["state"] for each in before] == ["delivered", "pending"]


def test_the_same_answer_written_twice_counts_once() -> None:
    """The first commit happened, and only the word of it was lost."""
    endpoint = make_endpoint()
    send(endpoint)
    lease, parcels = _claimed(endpoint)
    silent = Answer(verdict=Verdict.RETRY, is_alive=False, error="no answer")
    for _ in range(2):
        assert record(lease=lease, endings=[(parcels[0], silent)])
    assert DeliveryLease.objects.get().failure_streak == 1


def _claimed(endpoint: Endpoint) -> tuple[Lease, list[Parcel]]:
    lease = acquire(endpoint_id=endpoint.pk)
    assert lease is not None
    return lease, claim(lease=lease, concurrency=4)


def _expired(endpoint: Endpoint) -> Endpoint:
    DeliveryLease.objects.update(lease_until="2020-01-01T00:00:00Z")
    return endpoint
