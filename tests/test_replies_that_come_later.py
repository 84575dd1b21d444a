"""AsyncReplyFlag over HTTP: the request, its acknowledgement, the outbox, the reply (M2, F8)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from cim.envelope import Verb
from cim.messages import read
from customers.selectors import Provider
from exchange.models import OutboundMessage
from exchange.tests.factories import make_due

from .derms import TwoDerms, two_derms
from .journey import Walk
from .systems import System, codes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def derms(tmp_path: Path, gridpool: Provider) -> Iterator[TwoDerms]:
    with two_derms(tmp_path, gridpool) as derms:
        yield derms


def test_the_reply_comes_to_the_derms_that_asked_after_it_was_down(
    derms: TwoDerms, journey: Walk, live_server: Any
) -> None:
    der = journey("permission_to_operate").proposed_der
    derms.drain()
    dso = derms.dso
    system = System(dso.endpoint, live_server.url)
    said = system.send(Verb.GET, "EndDeviceConfig", None, str(der.mrid), async_reply=True)
    assert codes(said) == ["0.3"]
    dso.behave("error500")
    derms.drain()
    dso.behave("ok")
    make_due()
    derms.drain()
    [told] = [each for each in dso.log() if each["verdict"] == "reply"]
    reply = read(told["raw"].encode())
    assert reply.header.correlation_id == read(system.sent).header.correlation_id
    assert (codes(reply), reply.payload is not None) == (["0.0"], True)
    sent = OutboundMessage.objects.get(message_id=told["message_id"])
    assert (sent.verb, sent.state, sent.attempt_count) == ("reply", "delivered", 2)
    assert set(dso.picture()) == {str(der.mrid)}
    assert not [each for each in derms.third_party.log() if each["verdict"] == "reply"]
    page = requests.get(f"{derms.url}/dso/messages/{told['message_id']}", timeout=5).text
    assert "reply EndDeviceConfig" in page
