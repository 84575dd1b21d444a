"""The simulator as a sender: from its page and its command line to the portal, over real HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from cim.messages import read
from cim.validation import validate
from derms_simulator.__main__ import main
from derms_simulator.running import running
from derms_simulator.sending.portal import PortalAway, portal_from
from derms_simulator.sending.templates import TEMPLATES, filled
from derportal.api import throttling
from exchange.models import InboundMessage
from exchange.services import issue_client_credentials
from exchange.tests.factories import make_endpoint, make_token

from .derms import SECRETS
from .journey import Walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_throttle() -> None:
    throttling._counts.clear()


@pytest.fixture
def der_mrid(journey: Walk) -> str:
    """A DER that was published for the only endpoint; its credentials are in the environment."""
    return str(journey("permission_to_operate").proposed_der.mrid)


@pytest.fixture
def keys(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = issue_client_credentials(endpoint=make_endpoint(), by=None)
    monkeypatch.setenv("PORTAL_CLIENT_ID", issued.client_id)
    monkeypatch.setenv("PORTAL_CLIENT_SECRET", issued.client_secret)


@pytest.fixture
def simulator(live_server: Any, keys: None, tmp_path: Path) -> Iterator[str]:
    with running({"dso": SECRETS["dso"]}, tmp_path, portal_url=live_server.url) as simulator:
        yield simulator.url


def test_credentials_are_given_on_the_page(live_server: Any, tmp_path: Path) -> None:
    issued = issue_client_credentials(endpoint=make_endpoint(), by=None)
    keys = {
        "way": "client credentials",
        "client_id": issued.client_id,
        "client_secret": issued.client_secret,
    }
    form = {"body": filled("get EndDeviceConfig")}
    with running({"dso": SECRETS["dso"]}, tmp_path, portal_url=live_server.url) as simulator:
        url = f"{simulator.url}/dso"
        assert "HTTP 401" in requests.post(f"{url}/send", data=form, timeout=30).text
        bad = requests.post(
            f"{url}/credentials", data={"way": "client credentials", "client_id": "x"}, timeout=30
        )
        assert bad.status_code == 400
        assert bad.text.startswith("no credentials: client_secret: is missing")
        page = requests.post(f"{url}/credentials", data=keys, timeout=30)
        assert issued.client_secret not in page.text
        assert "2.15" in requests.post(f"{url}/send", data=form, timeout=30).text


@pytest.mark.parametrize("binding", ["http", "soap"])
def test_the_page_asks_for_a_der(simulator: str, der_mrid: str, binding: str) -> None:
    params = {"template": "get EndDeviceConfig", "mrid": der_mrid}
    page = requests.get(f"{simulator}/dso/send", params=params, timeout=10)
    assert f'value="{der_mrid}"' in page.text
    form = {"body": filled("get EndDeviceConfig", der_mrid), "binding": binding}
    answer = requests.post(f"{simulator}/dso/send", data=form, timeout=30)
    assert '<strong class="good">OK</strong>' in answer.text
    assert f"&lt;mRID&gt;{der_mrid}&lt;/mRID&gt;" in answer.text
    assert InboundMessage.objects.get().state == "applied"


def test_the_page_shows_what_the_portal_refused(simulator: str) -> None:
    form = {"body": filled("get EndDeviceConfig")}
    answer = requests.post(f"{simulator}/dso/send", data=form, timeout=30)
    assert '<strong class="bad">FAILED</strong>' in answer.text
    assert "2.15 there is no such DER" in answer.text


def test_the_page_says_that_nobody_answers(tmp_path: Path) -> None:
    with running({"dso": SECRETS["dso"]}, tmp_path, portal_url="http://127.0.0.1:9") as lonely:
        form = {"body": filled("get EndDeviceConfig")}
        answer = requests.post(f"{lonely.url}/dso/send", data=form, timeout=30)
    assert "Not sent" in answer.text


def test_the_command_line_sends_and_its_exit_code_says_how_it_went(
    live_server: Any, keys: None, der_mrid: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["send", "--portal", live_server.url, "--template", "get EndDeviceConfig"]
    assert main([*words, "--mrid", der_mrid]) == 0
    assert f"<mRID>{der_mrid}</mRID>" in capsys.readouterr().out
    assert main([*words, "--binding", "soap"]) == 1
    assert capsys.readouterr().out.startswith("HTTP 200 FAILED 2.15")
    file = tmp_path / "message.xml"
    file.write_text("<a/>")
    assert main(["send", "--portal", live_server.url, "--file", str(file)]) == 1
    assert main(["send", "--portal", "http://127.0.0.1:9", "--file", str(file)]) == 2


def test_a_token_of_one_endpoint_comes_before_the_common_one(live_server: Any) -> None:
    token = make_token(make_endpoint(), "message:send")
    known = {"PORTAL_TOKEN": "wrong", "PORTAL_TOKEN_DSO": token}
    body = filled("get EndDeviceConfig").encode()
    assert portal_from(live_server.url, "dso", known).send(body).status == 200
    assert portal_from(live_server.url, "third-party", known).send(body).status == 401


def test_wrong_credentials_are_said(live_server: Any) -> None:
    known = {"PORTAL_CLIENT_ID": "nobody", "PORTAL_CLIENT_SECRET": "x"}
    with pytest.raises(PortalAway, match="no token: HTTP 401"):
        portal_from(live_server.url, "", known).send(b"<a/>")
    for url in ("ftp://portal", "portal", ""):
        with pytest.raises(ValueError, match="portal"):
            portal_from(url)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_is_a_message_with_fresh_identifiers(name: str) -> None:
    texts = [filled(name, str(uuid4())) for _ in range(2)]
    for text in texts:
        assert validate(text.encode()) == []
    first, second = (read(text.encode()) for text in texts)
    assert f"{first.header.verb} {first.header.noun}" == " ".join(name.split()[:2])
    assert first.header.message_id != second.header.message_id
