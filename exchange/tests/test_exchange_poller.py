"""Without Redis messages still go out: the worker's own look at the database (F9)."""

import threading
import time
from types import SimpleNamespace

import pytest
from celery import current_app
from celery.signals import worker_init
from django.db import connection
from kombu.exceptions import OperationalError

from exchange import poller, slots, tasks
from exchange.models import DeliveryLease

from .factories import make_endpoint, send
from .receiver import Receiver, receiving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.delivery]


@pytest.fixture(autouse=True)
def no_broker(monkeypatch) -> None:
    """No bell can be rung."""

    def refuse(*_, **__):
        raise OperationalError("no Redis")

    monkeypatch.setattr(current_app, "send_task", refuse)


def test_what_nobody_served_is_delivered_and_a_broken_endpoint_stops_nothing(settings):
    settings.EXCHANGE_POLL_SECONDS = 0.05
    stop = threading.Event()
    with receiving(Receiver()) as receiver:
        broken = make_endpoint("broken", url="http://127.0.0.1:1/")
        sealed = make_endpoint("sealed for somebody else")
        type(sealed).objects.filter(pk=sealed.pk).update(sealed_secret=broken.sealed_secret)
        endpoint = make_endpoint(url=receiver.url)
        watch = threading.Thread(target=poller.poll, args=[stop])
        watch.start()
        try:
            for each in (broken, sealed, endpoint):
                send(each)
            until = time.monotonic() + 60
            while endpoint.messages.filter(state="pending").exists() and time.monotonic() < until:
                time.sleep(0.05)
        finally:
            stop.set()
            watch.join(30)
        assert endpoint.messages.get().state == "delivered"
        assert len(receiver.arrivals) == 1


def test_what_the_bell_serves_is_left_to_it():
    """An endpoint that is due once is watched; only the second time it is drained."""
    endpoint = make_endpoint(url="http://127.0.0.1:1/")
    send(endpoint)

    class Pool:
        served: list[int] = []

        def map(self, _, endpoints):
            self.served += endpoints
            return []

    pool = Pool()
    watched = poller._look(set(), pool)
    assert (watched, pool.served) == ({endpoint.pk}, [])
    DeliveryLease.objects.update(lease_until="2999-01-01T00:00:00Z")
    assert (poller._look(watched, pool), pool.served) == (set(), [])
    DeliveryLease.objects.update(lease_until=None)
    assert (poller._look(watched, pool), pool.served) == (set(), [endpoint.pk])


def hear_a_bell(endpoint_id: int) -> None:
    try:
        tasks.drain(endpoint_id)
    finally:
        connection.close()


def test_the_poller_and_the_bells_share_the_slots_of_a_worker():
    """A worker of one slot that is killed was in the middle of one delivery, not of two."""
    slots.know_how_many(sender=SimpleNamespace(concurrency=1))
    with receiving(Receiver()) as receiver:
        endpoint = make_endpoint(url=receiver.url)
        send(endpoint)
        worker = threading.Thread(target=hear_a_bell, args=[endpoint.pk])
        polling = threading.Thread(target=poller._drained, args=[endpoint.pk])
        with slots.SLOTS:
            for each in (worker, polling):
                each.start()
                each.join(0.2)
            assert worker.is_alive()
            assert polling.is_alive()
            assert not receiver.arrivals
        worker.join(30)
        polling.join(30)
        assert len(receiver.arrivals) == 1


def test_the_poller_begins_with_the_worker():
    receivers = [receiver() for _, receiver in worker_init.receivers]
    assert poller.start in receivers
    assert slots.know_how_many in receivers
    assert receivers.index(slots.know_how_many) < receivers.index(poller.start)
