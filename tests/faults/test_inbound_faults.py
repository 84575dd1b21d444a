"""F8, F16: messages to the portal that come again, in any order, or in part, over a real socket."""

import random
import socket
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests
from django.utils import timezone

from cim.messages import read
from exchange.models import Endpoint, InboundMessage
from exchange.tests.factories import make_endpoint, make_token
from exchange.tests.inbound_examples import event, get_request

pytestmark = [pytest.mark.delivery, pytest.mark.faults, pytest.mark.django_db(transaction=True)]
URL = "/cim/v1/messages"
STEP = 256


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return make_endpoint()


def messages() -> list[bytes]:
    """A request and two events about one object, fresh enough to be admitted."""
    now, mrid = timezone.now(), str(uuid4())
    return [
        get_request("EndDeviceConfig", str(uuid4()), message_id=str(uuid4()), timestamp=now),
        *(event(mrid=mrid, version=version, timestamp=now) for version in (1, 2)),
    ]


def test_three_copies_of_each_in_any_order_have_one_answer(
    live_server: Any, endpoint: Endpoint
) -> None:
    headers = {"Authorization": f"Bearer {make_token(endpoint, 'message:send')}"}
    bodies = messages() * 3
    random.Random(1).shuffle(bodies)
    answers: dict[bytes, set[bytes]] = {}
    for body in bodies:
        answer = requests.post(live_server.url + URL, data=body, headers=headers, timeout=30)
        answers.setdefault(body, set()).add(answer.content)
    assert [len(each) for each in answers.values()] == [1, 1, 1]
    rows = InboundMessage.objects.filter(endpoint=endpoint)
    assert [row.duplicate_count for row in rows] == [2, 2, 2]
    assert {row.attempt_count for row in rows} == {1}


def test_a_connection_that_breaks_in_a_message_changes_nothing(
    live_server: Any, endpoint: Endpoint
) -> None:
    token = make_token(endpoint, "message:send")
    for body in messages():
        for length in range(0, len(body), STEP):
            assert cut(live_server.url, token, body, length) in (b"", b"HTTP/1.1 400")
    admitted = InboundMessage.objects.exclude(state="rejected")
    assert not admitted.exists()

    whole = messages()[0]
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.post(live_server.url + URL, data=whole, headers=headers, timeout=30)
    assert (answer.status_code, admitted.count()) == (200, 1)
    assert read(answer.content).reply is not None


def cut(url: str, token: str, body: bytes, length: int) -> bytes:
    """Promise the whole body, send a part and no more; returns the status line."""
    server = urlsplit(url)
    head = (
        f"POST {URL} HTTP/1.1\r\nHost: {server.netloc}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((server.hostname or "", server.port or 0), timeout=30) as line:
        line.sendall(head.encode() + body[:length])
        line.shutdown(socket.SHUT_WR)
        return line.recv(12)
