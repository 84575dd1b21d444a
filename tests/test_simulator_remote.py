"""The simulator as a program of its own: between it and the portal only an address and credentials,
as docs/integrators/simulator.md says (M2)."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from cim.messages import read
from derms_simulator.sending.templates import filled
from exchange.models import InboundMessage
from exchange.services import accept_from, register_endpoint
from exchange.tests.factories import NOON, SECRET, make_endpoint

from .derms import Derms, TwoDerms
from .journey import Walk

pytestmark = [pytest.mark.delivery, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).parents[1]


@contextmanager
def simulator(portal: str, journal: Path, **known: str) -> Iterator[str]:
    """``python -m derms_simulator`` in a process that knows nothing else; its address."""
    command = [sys.executable, "-m", "derms_simulator", "--port", "0"]
    command += ["--endpoint", f"dso={SECRET}", "--journal", str(journal), "--portal", portal]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **known},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.search(r"http://[\d.:]+", said)
            assert found, said
            yield found[0]
        finally:
            process.terminate()


def test_what_is_approved_arrives_and_what_is_asked_is_answered_now_and_later(
    live_server: Any, journey: Walk, tmp_path: Path
) -> None:
    endpoint = make_endpoint()
    accept_from(
        endpoint=endpoint, ways=["signature"], certificate="", by=None, at=NOON, reason="Test."
    )
    mrid = str(endpoint.mrid)
    with simulator(live_server.url, tmp_path, PORTAL_ENDPOINT=mrid, PORTAL_SECRET=SECRET) as url:
        register_endpoint(name=endpoint.name, kind=endpoint.kind, url=f"{url}/dso", secret=SECRET)
        endpoint.refresh_from_db()
        derms = TwoDerms(Derms(endpoint), Derms(endpoint), url)
        der = str(journey("permission_to_operate").proposed_der.mrid)
        derms.drain()
        assert set(derms.dso.picture()) == {der}

        form = {"body": filled("get EndDeviceConfig", der)}
        page = requests.post(f"{url}/dso/send", data=form, timeout=60).text
        assert f"&lt;mRID&gt;{der}&lt;/mRID&gt;" in page
        form = {"body": filled("get EndDeviceConfig", der), "later": "1"}
        page = requests.post(f"{url}/dso/send", data=form, timeout=60).text
        assert "The reply comes later" in page
        derms.drain()
        [told] = [each for each in derms.dso.log() if each["verdict"] == "reply"]
        assert read(told["raw"].encode()).payload is not None
        assert "reply EndDeviceConfig" in requests.get(f"{url}/", timeout=60).text
    assert [each.state for each in InboundMessage.objects.filter(endpoint=endpoint)] == [
        "applied",
        "applied",
    ]
