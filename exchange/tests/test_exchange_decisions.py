"""Suspending and resuming, skipping, recovering, remainders and epochs; each on record."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from aiohttp import web
from celery import current_app
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from cim.envelope import Error, ReplyResult, Verb
from cim.messages import read
from cim.operations import Operation, OperationSet, from_element, to_element
from exchange.models import DeliveryDecision, DeliveryLease, Endpoint, OutboundMessage
from exchange.services import (
    DecisionRefused,
    drain,
    endpoints_due,
    enqueue_message,
    recover_since,
    resume_endpoint,
    skip_message,
    start_new_epoch,
    suspend_endpoint,
)

from .factories import NOON, make_due, make_endpoint, send
from .receiver import Receiver, failed, ok, receiving, reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.delivery]


@pytest.fixture(autouse=True)
def bells(monkeypatch) -> None:
    """Nobody is woken: the tests drain themselves."""
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as running:
        yield running


@pytest.fixture
def endpoint(receiver) -> Endpoint:
    return make_endpoint(url=receiver.url, concurrency=4)


@pytest.fixture
def ops(django_user_model):
    person = django_user_model.objects.create_user("ops@utility.example", "x")
    person.user_permissions.add(Permission.objects.get(codename="manage_delivery"))
    return person


def drain_now(endpoint: Endpoint) -> int:
    make_due()
    return drain(endpoint_id=endpoint.pk)


def states(endpoint: Endpoint) -> list[str]:
    return list(endpoint.messages.order_by("sequence").values_list("state", flat=True))


def decided(endpoint: Endpoint) -> list[tuple[str, object, str]]:
    return [(each.action, each.by, each.reason) for each in endpoint.decisions.all()]


def test_410_suspends_the_endpoint_until_a_person_resumes_it(endpoint, receiver, ops):
    for _ in range(30):
        send(endpoint)
    receiver.script = lambda *_: web.Response(status=410)
    drain(endpoint_id=endpoint.pk)
    tries = len(receiver.arrivals)
    assert tries <= 2 * endpoint.concurrency, "no more is sent once it is known"
    assert set(states(endpoint)) == {"pending"}
    for _ in range(2):
        assert (drain_now(endpoint), endpoints_due()) == (0, [])
    lease = DeliveryLease.objects.get()
    assert "gone (HTTP status 410)" in lease.suspended_reason
    assert decided(endpoint) == [("suspended", None, lease.suspended_reason)]

    receiver.script = None
    resume_endpoint(endpoint=endpoint, by=ops, at=NOON, reason="They moved the address back.")
    assert drain(endpoint_id=endpoint.pk) == 30, "nothing waits for a pause of before"
    assert set(states(endpoint)) == {"delivered"}
    assert decided(endpoint)[1] == ("resumed", ops, "They moved the address back.")


@pytest.mark.parametrize("status", [401, 403])
def test_three_denials_in_a_row_suspend_and_nothing_fails(endpoint, receiver, status):
    for _ in range(40):
        send(endpoint)
    receiver.script = lambda *_: web.Response(status=status)
    for _ in range(3):
        drain_now(endpoint)
    assert set(states(endpoint)) == {"pending"}
    assert 3 <= len(receiver.arrivals) <= 3 * endpoint.concurrency
    (decision,) = endpoint.decisions.all()
    assert f"(HTTP status {status})" in decision.reason


def test_denials_that_are_not_in_a_row_do_not_suspend(endpoint, receiver):
    Endpoint.objects.update(concurrency=1)
    receiver.script = lambda seen, *_: web.Response(status=401) if len(seen.arrivals) % 3 else None
    send(endpoint)
    for _ in range(9):
        drain_now(endpoint)
        send(endpoint)
    assert not DeliveryDecision.objects.exists()
    assert len(receiver.arrivals) >= 9


def test_a_suspended_endpoint_keeps_what_happens_meanwhile(endpoint, receiver, ops):
    suspend_endpoint(endpoint=endpoint, by=ops, at=NOON, reason="Maintenance until six.")
    send(endpoint)
    assert (drain_now(endpoint), endpoints_due()) == (0, [])
    with pytest.raises(DecisionRefused, match="already"):
        suspend_endpoint(endpoint=endpoint, by=ops, at=NOON, reason="Again.")
    resume_endpoint(endpoint=endpoint, by=ops, at=NOON, reason="Done.")
    assert drain(endpoint_id=endpoint.pk) == 1
    with pytest.raises(DecisionRefused, match="not suspended"):
        resume_endpoint(endpoint=endpoint, by=ops, at=NOON, reason="Again.")


def test_after_a_resume_a_message_has_all_its_time_again(endpoint, receiver, ops, settings):
    settings.EXCHANGE_MAX_ATTEMPTS = 2
    receiver.script = lambda *_: web.Response(status=500)
    message = send(endpoint)
    drain_now(endpoint)
    OutboundMessage.objects.filter(pk=message.pk).update(retrying_since="2020-01-01T00:00:00Z")
    suspend_endpoint(endpoint=endpoint, by=ops, at=NOON, reason="They are down for a week.")
    resume_endpoint(endpoint=endpoint, by=ops, at=NOON, reason="They are back.")
    drain_now(endpoint)
    assert states(endpoint) == ["pending"]
    drain_now(endpoint)
    assert states(endpoint) == ["dead"]


def test_a_skipped_message_lets_its_object_go_on(endpoint, receiver, ops):
    mrid = uuid4()
    first, second = send(endpoint, mrid), send(endpoint, mrid, version=2)
    receiver.script = lambda seen, message, _: (
        failed(message, "1.8") if message.header.message_id == str(first.message_id) else None
    )
    drain_now(endpoint)
    first.refresh_from_db()
    skip_message(message=first, by=ops, at=NOON, reason="They have it from the export.")
    drain_now(endpoint)
    assert states(endpoint) == ["skipped", "delivered"]
    (decision,) = endpoint.decisions.all()
    assert (decision.message, decision.by, decision.at) == (first, ops, NOON)
    with pytest.raises(DecisionRefused, match="delivered message cannot be skipped"):
        skip_message(message=second, by=ops, at=NOON, reason="Why not.")


def test_a_message_on_its_way_is_not_skipped(endpoint, ops):
    message = send(endpoint)
    OutboundMessage.objects.update(unanswered_count=1, attempt_count=1)
    with pytest.raises(DecisionRefused, match="being sent"):
        skip_message(message=message, by=ops, at=NOON, reason="Too late.")


def test_what_failed_since_a_moment_is_sent_again_and_if_asked_everything(endpoint, receiver, ops):
    receiver.script = lambda seen, message, count: failed(message, "1.8") if count <= 2 else None
    old = send(endpoint)
    OutboundMessage.objects.filter(pk=old.pk).update(created_at=NOON - timedelta(days=2))
    drain_now(endpoint)
    send(endpoint)
    drain_now(endpoint)
    send(endpoint)
    drain_now(endpoint)
    assert states(endpoint) == ["dead", "dead", "delivered"]
    since = NOON - timedelta(hours=1)
    what = {"endpoint": endpoint, "since": since, "by": ops, "at": NOON, "reason": "Bug there."}
    assert recover_since(**what) == 1
    drain_now(endpoint)
    assert states(endpoint) == ["dead", "delivered", "delivered"]
    assert recover_since(**what, with_delivered=True) == 2
    drain_now(endpoint)
    assert [len(set(receiver.bodies)), len(receiver.bodies)] == [3, 6]
    assert decided(endpoint)[1][2] == f"Bug there. (2 since {since.isoformat()})"


def test_only_who_may_decides_and_only_with_a_reason(endpoint, django_user_model, ops):
    message = send(endpoint)
    stranger = django_user_model.objects.create_user("other@utility.example", "x")
    calls = [
        lambda **who: suspend_endpoint(endpoint=endpoint, **who),
        lambda **who: resume_endpoint(endpoint=endpoint, **who),
        lambda **who: skip_message(message=message, **who),
        lambda **who: recover_since(endpoint=endpoint, since=NOON, **who),
        lambda **who: start_new_epoch(endpoints=[endpoint], **who),
    ]
    for call in calls:
        with pytest.raises(PermissionDenied):
            call(by=stranger, at=NOON, reason="I want to.")
        with pytest.raises(DecisionRefused, match="reason"):
            call(by=ops, at=NOON, reason=" ")
    assert not DeliveryDecision.objects.exists()
    assert states(endpoint) == ["pending"]


def test_a_decision_cannot_be_rewritten(endpoint, ops):
    suspend_endpoint(endpoint=endpoint, by=ops, at=NOON, reason="Because.")
    for sql in ("UPDATE {} SET reason = 'x'", "DELETE FROM {}", "TRUNCATE {}"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql.format("exchange_deliverydecision"))


def test_where_failures_do_not_block_the_object_goes_on(endpoint, receiver):
    Endpoint.objects.update(after_failure="skip")
    mrid = uuid4()
    first = send(endpoint, mrid)
    send(endpoint, mrid, version=2)
    receiver.script = lambda seen, message, _: (
        failed(message, "1.8") if message.header.message_id == str(first.message_id) else None
    )
    drain_now(endpoint)
    assert endpoints_due() == []
    assert states(endpoint) == ["dead", "delivered"]


def test_a_late_dispatch_expires_and_is_not_sent(endpoint, receiver, settings):
    Endpoint.objects.update(retry_profile="dispatch", after_failure="skip")
    late, fresh = send(endpoint), send(endpoint)
    OutboundMessage.objects.filter(pk=late.pk).update(retrying_since=NOON - timedelta(days=3000))
    drain_now(endpoint)
    assert receiver.sequences == [fresh.sequence]
    assert states(endpoint) == ["dead", "delivered"]
    late.refresh_from_db()
    assert late.last_error == "expired: not delivered within 300 s"
    receiver.script = lambda *_: web.Response(status=500)
    send(endpoint)
    drain_now(endpoint)
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(due_at) < clock_timestamp() + interval '11 s' FROM "
                       "exchange_outboundmessage")  # fmt: skip
        assert cursor.fetchone() == (True,)


def send_operations(endpoint: Endpoint, mrid: UUID, *numbers: int) -> OutboundMessage:
    operations = tuple(
        Operation(operation_id=number, noun="EndDeviceConfig", verb=Verb.DELETE)
        for number in numbers
    )
    with transaction.atomic():
        return enqueue_message(
            endpoint=endpoint,
            noun="OperationSet",
            verb="executed",
            object_mrid=mrid,
            object_version=1,
            payload=to_element(OperationSet(operations=operations, is_ordered=True)),
            at=NOON,
        )


def partial(message, *numbers: int) -> web.Response:
    errors = [replace(Error(code="5.3", reason="no"), operation_id=each) for each in numbers]
    return reply(message, ReplyResult.PARTIAL, Error(code="0.2"), *errors)


def test_of_a_message_done_in_part_only_the_failed_operations_are_sent_again(endpoint, receiver):
    mrid = uuid4()
    first = send_operations(endpoint, mrid, 1, 2, 3, 4)
    later = send(endpoint, mrid, version=2)
    receiver.script = lambda seen, message, count: (
        partial(message, 2, 4) if count == 1 else partial(message, 4) if count == 2 else None
    )
    for _ in range(4):
        drain_now(endpoint)
    assert states(endpoint) == ["delivered"] * 4
    assert [operations(body) for body in receiver.bodies[:3]] == [[1, 2, 3, 4], [2, 4], [4]]
    assert receiver.sequences == [1, 3, 4, later.sequence], "the rest goes before what came later"
    rest = first.remainder
    assert (rest.object_mrid, rest.object_version) == (mrid, 1)
    assert rest.message_id != first.message_id
    assert "PARTIAL" in endpoint.messages.get(pk=first.pk).last_error


def operations(body: bytes) -> list[int]:
    found = from_element(read(body).operation_set)
    assert found.is_ordered
    return [each.operation_id for each in found.operations]


def test_a_remainder_that_fails_holds_up_its_object(endpoint, receiver):
    mrid = uuid4()
    send_operations(endpoint, mrid, 1, 2)
    send(endpoint, mrid, version=2)
    receiver.script = lambda seen, message, count: (
        partial(message, 2) if count == 1 else failed(message, "1.8")
    )
    for _ in range(3):
        drain_now(endpoint)
    assert states(endpoint) == ["delivered", "pending", "dead"]


def test_a_part_that_the_message_does_not_hold_fails_with_the_reason(endpoint, receiver):
    send(endpoint)
    receiver.script = lambda seen, message, _: partial(message, 1)
    drain_now(endpoint)
    message = endpoint.messages.get()
    assert message.state == "dead"
    assert "cannot be sent by itself: 1.7" in message.last_error


def test_a_new_epoch_is_told_and_what_came_after_the_backup_is_repeated(endpoint, receiver, ops):
    before, after = send(endpoint), send(endpoint)
    OutboundMessage.objects.filter(pk=before.pk).update(created_at=NOON - timedelta(days=1))
    drain_now(endpoint)
    repeated = start_new_epoch(
        endpoints=[endpoint], by=ops, at=NOON, reason="Restored.", since=NOON - timedelta(hours=1)
    )
    assert repeated == 1
    send(endpoint)
    drain_now(endpoint)
    epochs = [message.header.properties["Epoch"] for message in receiver.arrivals]
    assert sorted(epochs) == ["1", "1", "1", "2"]
    assert receiver.tries == {
        str(each.message_id): 2 if each.pk == after.pk else 1 for each in endpoint.messages.all()
    }
    assert [action for action, _, _ in decided(endpoint)] == ["epoch", "recovered"]


def test_an_answer_after_the_suspension_is_still_written(endpoint, receiver):
    """Messages that were on their way when the first 410 came are recorded as they ended."""
    for _ in range(4):
        send(endpoint)
    receiver.delay_s = 0.2
    receiver.script = lambda seen, message, _: (
        web.Response(status=410) if message.header.properties["Sequence"] == "1" else ok(message)
    )
    drain(endpoint_id=endpoint.pk)
    assert sorted(states(endpoint)) == ["delivered"] * 3 + ["pending"]


def test_the_command_after_a_restore_begins_the_epoch(endpoint, receiver, capsys):
    send(endpoint)
    drain_now(endpoint)
    call_command("after_restore", "--since", "2026-11-24T00:00:00+00:00", "--reason", "Disk died.")
    assert "1 messages are sent again" in capsys.readouterr().out
    assert decided(endpoint)[0] == ("epoch", None, "Disk died. (epoch 2)")
    for since in ("yesterday", "2026-11-24T00:00:00"):
        with pytest.raises(CommandError, match="--since"):
            call_command("after_restore", "--since", since, "--reason", "x")
