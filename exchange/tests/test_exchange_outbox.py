"""The outbox: in the change's transaction, gapless, frozen, valid."""

import threading
from contextlib import suppress
from uuid import uuid4

import pytest
from celery import current_app
from django.db import DatabaseError, connection, transaction
from kombu.exceptions import OperationalError
from lxml import etree

from cim.messages import read
from cim.profiles import der_groups
from cim.tests.part_5_examples import GROUP
from cim.validation import validate
from exchange.models import DeliveryLease, OutboundMessage
from exchange.services import (
    MessageInvalid,
    NotInTransaction,
    change_settings,
    enqueue_for,
    enqueue_message,
    resend,
)
from exchange.services.wakeup import poke

from .factories import NOON, make_endpoint, make_third_party, send


class Undone(Exception):
    pass


@pytest.fixture
def bells(monkeypatch) -> list[dict[str, object]]:
    """The wake-ups that were sent to Celery."""
    rung: list[dict[str, object]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **facts: rung.append(facts))
    return rung


@pytest.mark.django_db
def test_a_message_is_stored_as_valid_bytes_that_say_who_and_what(bells):
    endpoint = make_endpoint(context="TESTING")
    message = send(endpoint, version=3)
    message.refresh_from_db()
    header = read(bytes(message.body)).header
    assert header.message_id == str(message.message_id)
    assert header.correlation_id == str(message.correlation_id)
    assert (header.verb, header.noun, header.context) == ("deleted", "EndDeviceConfig", "TESTING")
    assert header.timestamp == NOON
    assert dict(header.properties) == {
        "Epoch": "1",
        "Sequence": "1",
        "ObjectMRID": str(message.object_mrid),
        "ObjectVersion": "3",
    }


@pytest.mark.django_db
def test_an_invalid_message_stores_nothing_and_takes_no_number(bells):
    endpoint = make_endpoint()
    broken = etree.Element("{urn:derportal:cim:2026:EndDeviceConfig#}EndDeviceConfig")
    etree.SubElement(broken, "nonsense")
    for noun, verb, payload in (
        ("EndDeviceConfig", "created", broken),
        ("Nonsense", "created", broken),
        ("EndDeviceConfig", "shouted", broken),
        ("EndDeviceConfig", "create", broken),
    ):
        with pytest.raises(MessageInvalid), transaction.atomic():
            enqueue_message(
                endpoint=endpoint,
                noun=noun,
                verb=verb,
                object_mrid=uuid4(),
                object_version=1,
                payload=payload,
                at=NOON,
            )
    assert not OutboundMessage.objects.exists()
    assert send(endpoint).sequence == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.delivery
def test_enqueue_needs_the_transaction_of_the_change(bells):
    endpoint = make_endpoint()
    with pytest.raises(NotInTransaction):
        enqueue_message(
            endpoint=endpoint,
            noun="EndDeviceConfig",
            verb="deleted",
            object_mrid=uuid4(),
            object_version=1,
            payload=etree.Element("x"),
            at=NOON,
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.delivery
def test_a_rolled_back_change_leaves_no_message_no_gap_and_no_bell(bells):
    endpoint = make_endpoint()
    with pytest.raises(Undone), transaction.atomic():  # noqa: PT012 - it fails after sending
        send(endpoint)
        raise Undone
    assert not OutboundMessage.objects.exists()
    assert bells == []
    assert send(endpoint).sequence == 1
    assert bells == [
        {
            "kwargs": {"endpoint_id": endpoint.pk},
            "retry": False,
            "ignore_result": True,
        }
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.delivery
def test_a_thousand_messages_ring_once_until_a_worker_answers(bells):
    endpoint = make_endpoint()
    for _ in range(20):
        send(endpoint)
    assert len(bells) == 1
    DeliveryLease.objects.update(poked_at=None)  # what a drain does when it begins
    send(endpoint)
    assert len(bells) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.delivery
def test_a_broker_that_is_down_does_not_fail_the_change(monkeypatch):
    def refuse(*_, **__):
        raise OperationalError("Connection refused")

    monkeypatch.setattr(current_app, "send_task", refuse)
    endpoint = make_endpoint()
    message = send(endpoint)
    assert OutboundMessage.objects.get().pk == message.pk
    assert poke(endpoint.pk) is False


@pytest.mark.django_db(transaction=True)
@pytest.mark.locking
def test_sequences_are_gapless_and_committed_in_order_under_concurrency(bells):
    endpoints = [make_endpoint("one"), make_third_party("two")]
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(12):
                with suppress(Undone):
                    _send_to(endpoints if (number + turn) % 2 else endpoints[::-1], turn)
        except Exception as error:  # noqa: BLE001 - told to the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        numbers = list(
            OutboundMessage.objects.filter(endpoint=endpoints[0])
            .order_by("sequence")
            .values_list("sequence", flat=True)
        )
        assert numbers == list(range(1, len(numbers) + 1)), (
            "a number became visible before a lower one"
        )
    for thread in threads:
        thread.join()
    assert errors == []
    for endpoint in endpoints:
        found = endpoint.messages.order_by("sequence").values_list("sequence", flat=True)
        assert list(found) == list(range(1, 6 * 10 + 1))


def _send_to(endpoints, turn):
    with transaction.atomic():
        enqueue_for(
            endpoints=endpoints,
            noun="EndDeviceConfig",
            verb="deleted",
            object_mrid=uuid4(),
            object_version=1,
            payload=_payload,
            at=NOON,
        )
        if turn % 5 == 4:
            raise Undone


def _payload():
    from cim.profiles import end_device_config
    from cim.profiles.end_device_config import DerIdentity

    return end_device_config.to_element(
        DerIdentity(mrid=str(uuid4()), version=1, effective_at=NOON, reason="gone")
    )


@pytest.mark.django_db
def test_the_bytes_of_a_message_cannot_be_changed(bells):
    message = send(make_endpoint())
    for column, value in (
        ("body", b"x"),
        ("sequence", 9),
        ("sha256", "0"),
        ("ordering_key", uuid4()),
    ):
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            OutboundMessage.objects.filter(pk=message.pk).update(**{column: value})


@pytest.mark.django_db
def test_a_waiting_message_is_not_resent(bells, django_user_model):
    from exchange.services import ResendRefused

    message = send(make_endpoint())
    person = django_user_model.objects.create_user("ops@utility.example", "x")
    with pytest.raises(ResendRefused):
        resend(message=message, by=person, at=NOON)


@pytest.mark.django_db
def test_a_message_is_written_in_the_year_of_the_endpoint(bells):
    endpoint = make_endpoint()
    change_settings(endpoint=endpoint, namespace_year=2016, by=None, at=NOON, reason="Theirs.")
    with transaction.atomic():
        in_2016, in_2017 = enqueue_for(
            endpoints=[endpoint, make_endpoint("Of our year")],
            noun="DERGroups",
            verb="created",
            object_mrid=uuid4(),
            object_version=1,
            payload=lambda: der_groups.to_element([GROUP]),
            at=NOON,
        )
    for year, message in ((b"2016", in_2016), (b"2017", in_2017)):
        assert b'xmlns="http://iec.ch/TC57/%s/DERGroupsMessage"' % year in message.body
        assert b'"http://iec.ch/TC57/%s/DERGroups#"' % year in message.body
        assert validate(message.body) == []
        assert der_groups.from_element(read(message.body).payload) == (GROUP,)
    assert b"/2017/" not in in_2016.body
    assert "namespace_year: None -> 2016" in endpoint.decisions.get().reason
