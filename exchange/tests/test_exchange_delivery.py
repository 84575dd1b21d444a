"""Delivery to a real receiver: order, retries, leases, fencing, poison."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from urllib.parse import quote
from uuid import uuid4

import pytest
from aiohttp import web
from celery import current_app
from django.conf import settings as django_settings
from django.db import connection
from standardwebhooks import Webhook

from cim.envelope import ErrorLevel, ReplyResult
from exchange.models import DeliveryAttempt, DeliveryLease, Endpoint, OutboundMessage
from exchange.selectors import endpoint_health, message_detail
from exchange.services import (
    drain,
    endpoints_due,
    resend,
    ring_for_all_due,
    rotate_secret,
    set_endpoint_active,
)
from exchange.services.batches import claim, record, with_heads
from exchange.services.leases import LeaseLost, acquire, hold, release
from exchange.services.replies import Answer, Verdict
from exchange.tasks import drain as drain_task
from exchange.tasks import drain_all_due

from .factories import NOON, SECRET, make_due, make_endpoint, send
from .receiver import Receiver, failed, receiving, reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.delivery]
State = OutboundMessage.State


@pytest.fixture(autouse=True)
def bells(monkeypatch) -> list[int]:
    """Wake-ups are counted and not sent."""
    rung: list[int] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, kwargs, **_: rung.append(kwargs["endpoint_id"])
    )
    return rung


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as running:
        yield running


@pytest.fixture
def endpoint(receiver) -> Endpoint:
    return make_endpoint(url=receiver.url, concurrency=4)


def drain_now(endpoint: Endpoint) -> int:
    make_due()
    return drain(endpoint_id=endpoint.pk)


def states(endpoint: Endpoint) -> list[str]:
    return list(endpoint.messages.order_by("sequence").values_list("state", flat=True))


def test_what_is_due_arrives_signed_and_is_delivered(endpoint, receiver):
    messages = [send(endpoint) for _ in range(70)]
    assert drain(endpoint_id=endpoint.pk) == 70
    assert sorted(receiver.sequences) == list(range(1, 71))
    assert set(states(endpoint)) == {"delivered"}
    sent = {message.header.message_id: n for n, message in enumerate(receiver.arrivals)}
    for message in messages:
        place = sent[str(message.message_id)]
        assert sha256(receiver.bodies[place]).hexdigest() == message.sha256
        headers = receiver.headers[place]
        assert headers["webhook-id"] == str(message.message_id)
        Webhook(SECRET).verify(receiver.bodies[place], headers, json_parse=False)
    detail = message_detail(message_id=messages[0].message_id)
    attempt = detail.attempts.get()
    assert (attempt.http_status, attempt.reply_result, attempt.error) == (200, "OK", "")
    assert "ResponseMessage" in attempt.response
    assert attempt.ended_at is not None
    assert detail.finished_at is not None
    assert attempt.started_at <= attempt.ended_at <= detail.finished_at


def test_both_secrets_sign_after_a_rotation(endpoint, receiver):
    fresh = rotate_secret(endpoint=endpoint)
    send(endpoint)
    drain(endpoint_id=endpoint.pk)
    for secret in (SECRET, fresh):
        Webhook(secret).verify(receiver.bodies[0], receiver.headers[0], json_parse=False)


def test_messages_of_one_object_arrive_in_order_even_when_the_first_is_refused(endpoint, receiver):
    one, other = uuid4(), uuid4()
    for version in range(1, 5):
        send(endpoint, one, version=version)
        send(endpoint, other, version=version)

    def script(seen, message, _):
        first_tries = seen.tries[message.header.message_id] < 3
        return web.Response(status=500) if first_tries and one_of(message) else None

    def one_of(message):
        return message.header.properties["ObjectMRID"] == str(one)

    receiver.script = script
    for _ in range(20):
        drain_now(endpoint)
    assert set(states(endpoint)) == {"delivered"}
    for mrid in (one, other):
        versions = [
            int(message.header.properties["ObjectVersion"])
            for message in receiver.arrivals
            if message.header.properties["ObjectMRID"] == str(mrid)
        ]
        assert versions == sorted(versions)
    assert max(receiver.tries.values()) == 3


def test_a_failed_message_holds_up_its_object_and_no_other(endpoint, receiver, django_user_model):
    mrid = uuid4()
    dead, held_up, free = send(endpoint, mrid), send(endpoint, mrid), send(endpoint)
    receiver.script = lambda seen, message, _: (
        failed(message, "6.1", ErrorLevel.FATAL)
        if message.header.message_id == str(dead.message_id) and len(seen.arrivals) < 4
        else None
    )
    for _ in range(3):
        drain_now(endpoint)
    assert states(endpoint) == ["dead", "pending", "delivered"]
    assert endpoints_due() == []
    assert str(held_up.message_id) not in receiver.tries
    dead.refresh_from_db()
    assert dead.last_error == "the endpoint answered FAILED: 6.1 no"

    receiver.script = None
    person = django_user_model.objects.create_user("ops@utility.example", "x")
    again = resend(message=dead, by=person, at=NOON)
    assert (again.state, again.is_repeat) == ("pending", False)
    drain_now(endpoint)
    assert states(endpoint) == ["delivered"] * 3
    assert receiver.sequences[-2:] == [dead.sequence, held_up.sequence]
    request = message_detail(message_id=dead.message_id).resend_requests.get()
    assert (request.by, request.at, request.previous_state) == (person, NOON, "dead")
    assert free.sequence == 3


def test_a_repeat_is_the_same_bytes_and_a_refusal_does_not_undo_the_delivery(
    endpoint, receiver, django_user_model
):
    mrid = uuid4()
    first = send(endpoint, mrid)
    drain(endpoint_id=endpoint.pk)
    person = django_user_model.objects.create_user("ops@utility.example", "x")
    assert resend(message=first, by=person, at=NOON).is_repeat
    later = send(endpoint, mrid, version=2)
    receiver.script = lambda seen, message, _: (
        failed(message, "2.5") if message.header.message_id == str(first.message_id) else None
    )
    drain_now(endpoint)
    assert states(endpoint) == ["delivered", "delivered"]
    assert receiver.bodies[0] in receiver.bodies[1:]
    first.refresh_from_db()
    assert (first.is_repeat, first.attempt_count) == (False, 2)
    assert "FAILED" in first.last_error
    assert later.sequence == 2


@pytest.mark.parametrize("status", [301, 307, 400, 404, 413])
def test_redirects_and_client_errors_are_final_and_not_followed(endpoint, receiver, status):
    send(endpoint)
    receiver.script = lambda *_: web.Response(
        status=status, headers={"Location": f"{receiver.url}/elsewhere"}
    )
    drain(endpoint_id=endpoint.pk)
    assert (states(endpoint), len(receiver.arrivals)) == (["dead"], 1)


def test_a_cut_connection_is_tried_again_with_the_same_message(endpoint, receiver):
    send(endpoint)
    receiver.script = lambda seen, *_: "cut" if len(seen.arrivals) == 1 else None
    drain(endpoint_id=endpoint.pk)
    assert states(endpoint) == ["pending"]
    drain_now(endpoint)
    assert states(endpoint) == ["delivered"]
    assert len(receiver.tries) == 1
    assert receiver.bodies[0] == receiver.bodies[1]


def test_a_whole_answer_must_come_in_time_however_it_drips(endpoint, receiver, settings):
    settings.EXCHANGE_TIMEOUT_SECONDS = 0.5
    send(endpoint)
    receiver.delay_s = 5
    began = time.monotonic()
    drain(endpoint_id=endpoint.pk)
    assert time.monotonic() - began < 1.5
    message = endpoint.messages.get()
    assert (message.state, message.last_error) == ("pending", "no complete answer in time")


def test_nobody_listening_is_tried_again_later(settings):
    endpoint = make_endpoint(url="http://127.0.0.1:1/")
    send(endpoint)
    assert drain(endpoint_id=endpoint.pk) == 1
    message = endpoint.messages.get()
    assert message.state == "pending"
    assert "Connect" in message.last_error
    assert message.attempt_count == 1


def test_a_huge_answer_is_cut_and_is_no_success(endpoint, receiver):
    send(endpoint)
    receiver.script = lambda *_: web.Response(body=b"<a>" + b"x" * 5_000_000)
    drain(endpoint_id=endpoint.pk)
    attempt = DeliveryAttempt.objects.get()
    assert endpoint.messages.get().state == "pending"
    assert len(attempt.response) <= 8_000


def test_partial_is_final_with_its_reason(endpoint, receiver):
    send(endpoint)
    receiver.script = lambda seen, message, _: reply(message, ReplyResult.PARTIAL)
    drain(endpoint_id=endpoint.pk)
    assert states(endpoint) == ["dead"]
    assert "PARTIAL" in endpoint.messages.get().last_error


def test_retry_after_is_honored(endpoint, receiver):
    send(endpoint)
    receiver.script = lambda *_: web.Response(status=503, headers={"Retry-After": "120"})
    drain(endpoint_id=endpoint.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM due_at - clock_timestamp()),"
            " extract(epoch FROM not_before - clock_timestamp())"
            " FROM exchange_outboundmessage, exchange_deliverylease"
        )
        for seconds in cursor.fetchone():
            assert 118 < seconds <= 120
    assert endpoints_due() == []
    assert drain(endpoint_id=endpoint.pk) == 0


def test_after_five_failures_in_a_row_one_message_probes(endpoint, receiver):
    for _ in range(12):
        send(endpoint)
    receiver.script = lambda *_: web.Response(status=500)
    drain(endpoint_id=endpoint.pk)
    first = len(receiver.arrivals)
    assert 5 <= first <= 16
    assert DeliveryLease.objects.get().not_before is not None
    drain_now(endpoint)
    assert len(receiver.arrivals) == first + 1
    assert endpoint_health()[0].is_pausing
    receiver.script = None
    send(endpoint)
    DeliveryLease.objects.update(not_before=None)
    drain(endpoint_id=endpoint.pk)
    assert set(states(endpoint)) == {"delivered"}, "what had failed follows at once"
    assert DeliveryLease.objects.get().failure_streak == 0


def test_attempts_and_hours_have_a_limit(endpoint, receiver, settings):
    settings.EXCHANGE_MAX_ATTEMPTS = 3
    send(endpoint)
    receiver.script = lambda *_: web.Response(status=500)
    for _ in range(5):
        drain_now(endpoint)
    assert (states(endpoint), len(receiver.arrivals)) == (["dead"], 3)

    late = send(endpoint)
    OutboundMessage.objects.filter(pk=late.pk).update(retrying_since="2020-01-01T00:00:00Z")
    drain_now(endpoint)
    assert states(endpoint) == ["dead", "dead"]


def test_a_lease_keeps_others_out_until_it_ends(endpoint, receiver, settings):
    settings.EXCHANGE_LEASE_SECONDS = 0.5
    send(endpoint)
    lease = acquire(endpoint_id=endpoint.pk)
    assert lease is not None
    assert acquire(endpoint_id=endpoint.pk) is None
    assert (drain(endpoint_id=endpoint.pk), endpoints_due()) == (0, [])
    time.sleep(0.3)
    hold(lease)
    time.sleep(0.3)
    assert acquire(endpoint_id=endpoint.pk) is None, "it was renewed"
    time.sleep(0.3)
    assert endpoints_due() == [endpoint.pk]
    assert drain(endpoint_id=endpoint.pk) == 1


def test_a_zombie_overwrites_nothing(endpoint, receiver, settings):
    settings.EXCHANGE_LEASE_SECONDS = 0.2
    send(endpoint)
    zombie = acquire(endpoint_id=endpoint.pk)
    parcels = claim(lease=zombie, concurrency=4)
    time.sleep(0.3)
    assert drain(endpoint_id=endpoint.pk) == 1
    before = list(OutboundMessage.objects.values())
    late = Answer(verdict=Verdict.DEAD, is_alive=True, error="from the zombie")
    with pytest.raises(LeaseLost):
        record(lease=zombie, endings=[(parcels[0], late)])
    with pytest.raises(LeaseLost):
        claim(lease=zombie, concurrency=4)
    assert list(OutboundMessage.objects.values()) == before
    assert before[0]["state"] == "delivered"
    assert not DeliveryAttempt.objects.filter(error="from the zombie").exists()


def test_a_slow_batch_keeps_its_lease(endpoint, receiver, settings):
    settings.EXCHANGE_LEASE_SECONDS = 0.6
    for _ in range(8):
        send(endpoint)
    receiver.delay_s = 0.5
    worker = threading.Thread(target=_drain_in_thread, args=[endpoint.pk])
    worker.start()
    time.sleep(0.2)
    stolen = 0
    while worker.is_alive():
        stolen += acquire(endpoint_id=endpoint.pk) is not None
        time.sleep(0.05)
    worker.join()
    assert len(receiver.arrivals) == 8, "each message was sent once"
    assert set(states(endpoint)) == {"delivered"}
    assert stolen <= 1


def test_eight_drains_at_once_send_each_message_once(endpoint, receiver):
    for _ in range(60):
        send(endpoint)
    threads = [threading.Thread(target=_drain_in_thread, args=[endpoint.pk]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    drain_now(endpoint)
    assert sorted(receiver.sequences) == list(range(1, 61))


def _drain_in_thread(endpoint_id: int) -> None:
    try:
        drain(endpoint_id=endpoint_id)
    finally:
        connection.close()


def test_a_message_that_kills_its_worker_is_isolated_and_given_up(endpoint, receiver):
    poison, *innocent = [send(endpoint) for _ in range(6)]
    for crash in range(5):
        lease = acquire(endpoint_id=endpoint.pk)
        claimed = claim(lease=lease, concurrency=8)
        assert len(claimed) == (6 if crash == 0 else 1)
        assert claimed[0].message_pk == poison.pk
        DeliveryLease.objects.update(
            lease_until="2020-01-01T00:00:00Z"
        )  # killed: no answer is recorded
    drain_now(endpoint)
    assert states(endpoint) == ["dead", *["delivered"] * 5]
    poison.refresh_from_db()
    assert poison.attempt_count == 5
    assert "worker died" in poison.last_error
    assert sorted(receiver.sequences) == [message.sequence for message in innocent]


def test_a_drain_that_runs_out_of_time_returns_what_it_did_not_send(
    endpoint, receiver, settings, bells
):
    settings.EXCHANGE_DRAIN_SECONDS = 0.3
    for _ in range(16):
        send(endpoint)
    bells.clear()
    receiver.delay_s = 0.25
    drain(endpoint_id=endpoint.pk)
    sent = len(receiver.arrivals)
    assert 4 <= sent < 16
    assert endpoint.messages.filter(attempt_count=1, state=State.DELIVERED).count() == sent
    assert endpoint.messages.filter(attempt_count=0, state=State.PENDING).count() == 16 - sent
    assert DeliveryAttempt.objects.count() == sent
    assert bells == [endpoint.pk], "it rang for the rest"


def test_a_claim_looks_things_up_before_the_planner_knows_the_backlog(endpoint):
    sql = with_heads("EXPLAIN SELECT head.id {heads}", str(endpoint.pk), "true")
    with connection.cursor() as cursor:
        cursor.execute(sql)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Join" not in plan
    lookups = re.split(r"\n +SubPlan \d+\n", plan)[1:]
    assert len(lookups) == 2, plan
    assert all("ordering_key = head.ordering_key" in each for each in lookups), plan


def test_a_bell_that_rang_during_a_delivery_is_not_the_last_for_a_while(endpoint, bells):
    """Whoever heard it found the endpoint taken; what it was for must not wait for seconds."""
    lease = acquire(endpoint_id=endpoint.pk)
    send(endpoint)
    send(endpoint)
    assert bells == [endpoint.pk]
    release(lease)
    ring_for_all_due()
    assert bells == [endpoint.pk] * 2


def test_one_dead_endpoint_does_not_hold_up_another(endpoint, receiver):
    broken = make_endpoint("broken", url="http://127.0.0.1:1/")
    send(broken)
    send(endpoint)
    for endpoint_id in endpoints_due():
        drain(endpoint_id=endpoint_id)
    assert (states(broken), states(endpoint)) == (["pending"], ["delivered"])


def test_a_stopped_endpoint_keeps_its_messages(endpoint, receiver):
    send(endpoint)
    set_endpoint_active(endpoint=endpoint, is_active=False)
    assert (drain(endpoint_id=endpoint.pk), endpoints_due()) == (0, [])
    set_endpoint_active(endpoint=endpoint, is_active=True)
    assert drain(endpoint_id=endpoint.pk) == 1


def test_the_tasks_tolerate_old_and_new_arguments_and_any_number_of_runs(endpoint, receiver, bells):
    send(endpoint)
    bells.clear()
    DeliveryLease.objects.update(poked_at=None)  # the first bell was lost
    drain_all_due(new_argument=1)
    drain_all_due()
    assert bells == [endpoint.pk]
    for _ in range(3):
        drain_task(endpoint.pk, new_argument=1)
    assert (ring_for_all_due(), len(receiver.arrivals)) == (0, 1)


def test_a_killed_process_loses_nothing_and_its_messages_move_again(endpoint, receiver, settings):
    """SIGKILL in mid-delivery, in a process of its own, without any Redis (F1, F9)."""
    for _ in range(30):
        send(endpoint)
    receiver.delay_s = 0.1
    program = (
        "import django; django.setup(); from exchange.services import drain; "
        f"drain(endpoint_id={endpoint.pk})"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "derportal.settings",
        "DATABASE_URL": _database_url(),
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EXCHANGE_LEASE_SECONDS": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=django_settings.BASE_DIR, env=environment
    )
    deadline = time.monotonic() + 30
    while len(receiver.arrivals) < 6 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    killed_at = time.monotonic()
    receiver.delay_s = 0
    while "pending" in states(endpoint) and time.monotonic() < killed_at + 20:
        make_due()
        for endpoint_id in endpoints_due():
            drain(endpoint_id=endpoint_id)
        time.sleep(0.2)
    assert time.monotonic() - killed_at < 15
    assert set(states(endpoint)) == {"delivered"}
    assert set(receiver.sequences) == set(range(1, 31))
    assert len(receiver.arrivals) - 30 <= endpoint.concurrency + 4


def _database_url() -> str:
    database = connection.settings_dict
    host, port = quote(database["HOST"], safe=""), database["PORT"] or 5432
    password = f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else ""
    return f"postgresql://{database['USER']}{password}@{host}:{port}/{database['NAME']}"


def test_a_mistake_of_our_own_while_sending_ends_the_drain_and_is_not_swallowed(
    endpoint, receiver, monkeypatch
):
    send(endpoint)
    send(endpoint)

    def broken(*_):
        raise LookupError("a mistake of ours")

    monkeypatch.setattr("exchange.services.sending.Sender._headers", broken)
    with pytest.raises(ExceptionGroup) as raised:
        drain(endpoint_id=endpoint.pk)
    assert raised.group_contains(LookupError)
    assert set(states(endpoint)) == {"pending"}
    assert DeliveryLease.objects.get().lease_token is None, "others may take over"
