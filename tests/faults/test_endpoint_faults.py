"""F3, F4, F6, F7, F17, F22: a DERMS that is down, slow, lying, cut off, or hears an echo."""

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from aiohttp import web
from celery import current_app
from django.db import connection
from django.db.models.functions import Now
from standardwebhooks import Webhook

from customers.selectors import Provider
from exchange.models import DeliveryAttempt, OutboundMessage
from exchange.services import drain
from exchange.tests.factories import make_due, make_endpoint, send
from exchange.tests.receiver import Receiver, receiving
from tests.derms import SECRETS, Derms, TwoDerms, two_derms

from .telling import tell, versions_of

pytestmark = [pytest.mark.delivery, pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _bells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is woken: the tests drain themselves."""
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def derms(db: None, tmp_path: Path, gridpool: Provider) -> Iterator[TwoDerms]:
    with two_derms(tmp_path / "derms", gridpool) as both:
        yield both


def some(count: int) -> list[UUID]:
    return [uuid4() for _ in range(count)]


def states(derms: Derms) -> set[str]:
    return set(derms.endpoint.messages.values_list("state", flat=True))


def drain_until_told(derms: TwoDerms) -> None:
    """Each round delivers something, so there is an end."""
    for _ in range(100):
        make_due()
        derms.drain()
        if not OutboundMessage.objects.filter(state="pending").exists():
            return
    pytest.fail("something still waits")


def requests_seen(derms: Derms) -> int:
    return int(derms.get("faults").json()["count"])


def script(derms: Derms, faults: dict[str, Any]) -> None:
    requests.put(f"{derms.endpoint.url}/faults", json=faults, timeout=30).raise_for_status()


def test_after_hours_without_an_answer_everything_is_told_in_order(derms: TwoDerms) -> None:
    derms.dso.behave("drop")
    ders = some(4)
    tell(derms, ders, (1, 2, 3))
    for _ in range(8):
        make_due()
        derms.drain()
    assert states(derms.third_party) == {"delivered"}, "the other one heard it all meanwhile"
    OutboundMessage.objects.update(retrying_since=Now() - timedelta(hours=71))
    make_due()
    derms.drain()
    assert states(derms.dso) == {"pending"}

    derms.dso.behave("ok")
    drain_until_told(derms)
    assert states(derms.dso) == {"delivered"}
    assert [versions_of(derms.dso, mrid) for mrid in ders] == [[1, 2, 3]] * 4
    assert derms.dso.duplicates() == 0


def test_a_drip_ends_in_time_and_nobody_waits_for_it(derms: TwoDerms, settings: Any) -> None:
    """A byte every fifth of a second: no read ever times out, the whole answer does."""
    settings.EXCHANGE_TIMEOUT_SECONDS = 4
    derms.dso.behave("drip", 0.2)
    tell(derms, some(8), [1])
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(_drain_beside, [one.endpoint.pk for one in derms]))
    dripping, others = (_attempts(one) for one in derms)
    assert {each.error for each in dripping} == {"no complete answer in time"}
    assert {each.reply_result for each in others} == {"OK"}
    assert max(_ends(others)) < min(_ends(dripping))


def _attempts(derms: Derms) -> list[DeliveryAttempt]:
    return list(DeliveryAttempt.objects.filter(message__endpoint=derms.endpoint))


def _ends(attempts: list[DeliveryAttempt]) -> list[datetime]:
    return [each.ended_at for each in attempts if each.ended_at is not None]


def _drain_beside(endpoint_id: int) -> None:
    try:
        drain(endpoint_id=endpoint_id)
    finally:
        connection.close()


@pytest.mark.parametrize(
    "mode",
    ["html", "broken", "other_correlation", "wrong_noun", "huge", "cut_reply", "drop", "error500"],
)
def test_an_answer_that_is_none_is_no_success_and_the_message_comes_again(
    derms: TwoDerms, mode: str
) -> None:
    (mrid,) = ders = some(1)
    derms.dso.behave(mode)
    tell(derms, ders, [1])
    derms.drain()
    assert states(derms.dso) == {"pending"}
    derms.dso.behave("ok")
    drain_until_told(derms)
    assert states(derms.dso) == {"delivered"}
    assert versions_of(derms.dso, mrid) == [1], "it had its effect once"
    assert {each["message_id"] for each in derms.dso.log()} == {
        str(derms.dso.endpoint.messages.get().message_id)
    }


def test_an_answer_that_swells_is_not_inflated() -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    receiver = Receiver(
        lambda *_: web.Response(body=bomb, headers={"Content-Encoding": "gzip"}),
    )
    with receiving(receiver):
        endpoint = make_endpoint(url=receiver.url)
        send(endpoint)
        drain(endpoint_id=endpoint.pk)
    attempt = DeliveryAttempt.objects.get(number=1)
    assert endpoint.messages.get().state == "pending"
    assert "no message" in attempt.error
    assert len(attempt.response) <= 8_000


def test_each_cut_answer_costs_one_copy_and_changes_nothing(derms: TwoDerms) -> None:
    ders = some(12)
    cuts = {"2": {"mode": "cut"}, "5": {"mode": "cut_reply"}, "9": {"mode": "cut"}}
    script(derms.dso, {"requests": cuts})
    tell(derms, ders, [1])
    drain_until_told(derms)
    assert derms.dso.duplicates() == len(cuts)
    assert derms.third_party.duplicates() == 0
    assert derms.dso.picture().keys() == {str(mrid) for mrid in ders}
    assert [versions_of(derms.dso, mrid) for mrid in ders] == [[1]] * 12


def test_when_many_fail_one_probes_and_the_rest_waits_its_turn(derms: TwoDerms) -> None:
    tell(derms, some(40), [1])
    for one in derms:
        one.behave("error500")
    derms.drain()
    for one in derms:
        before = requests_seen(one)
        assert 5 <= before < 40, "it stopped when five had failed, and what was on its way ended"
        assert spread(one) > timedelta(seconds=0.1), "they do not come back all at once"
        for probe in range(1, 4):
            make_due()
            derms.drain()
            assert requests_seen(one) == before + probe, "half open: one message"
        one.behave("ok")
    drain_until_told(derms)
    assert [one.duplicates() for one in derms] == [0, 0]


def spread(derms: Derms) -> timedelta:
    """From the first to the last moment at which what failed is due again."""
    tried = derms.endpoint.messages.filter(attempt_count__gt=0)
    moments = list(tried.values_list("due_at", flat=True))
    return max(moments) - min(moments)


def test_an_echo_of_a_signed_message_does_nothing(derms: TwoDerms) -> None:
    (mrid,) = ders = some(1)
    tell(derms, ders, [1])
    derms.drain()
    body = bytes(derms.dso.endpoint.messages.get().body)
    now, before = datetime.now(UTC), datetime.now(UTC) - timedelta(minutes=10)

    assert post(derms.dso, body, SECRETS["dso"], now) == 200
    assert post(derms.dso, body, SECRETS["dso"], before) == 401, "ten minutes late"
    assert post(derms.third_party, body, SECRETS["dso"], now) == 401, "meant for another one"
    assert post(derms.dso, body, SECRETS["third-party"], now) == 401, "another key"
    verdicts = [record["verdict"] for record in derms.dso.log()]
    assert verdicts == ["applied", "duplicate", "unsigned", "unsigned"]
    assert versions_of(derms.dso, mrid) == versions_of(derms.third_party, mrid) == [1]


def post(derms: Derms, body: bytes, secret: str, at: datetime) -> int:
    """Send these bytes as if it were then; returns the status."""
    headers = {
        "webhook-id": "echo",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("echo", at, body.decode()),
        "Content-Type": "application/xml",
    }
    return requests.post(derms.endpoint.url, data=body, headers=headers, timeout=30).status_code
