"""Kit and simulator prove who they are in every way that the portal knows, over HTTP (M1, F15)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree

from derms_simulator.__main__ import main as simulate
from derms_simulator.running import running
from derms_simulator.sending.templates import filled
from derportal.api import throttling
from exchange.models import Endpoint, InboundMessage
from exchange.services import accept_from, issue_client_credentials
from exchange.tests.factories import SECRET, make_endpoint, make_token
from exchange.tests.identities import NOW, made
from interop.__main__ import main as kit

from .derms import SECRETS
from .tls import HEADER, tls_before, written

pytestmark = pytest.mark.django_db(transaction=True)
OURS, OTHER = made("DERMS"), made("Another")
ASK = ("--template", "get EndDeviceConfig")
UNKNOWN = "HTTP 200 FAILED 2.15"
PROCEDURES = ("P10-unknown-object", "P30-unauthorized", "P50-operation-set")


@pytest.fixture(autouse=True)
def _fresh_throttle() -> None:
    throttling._counts.clear()


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return make_endpoint()


@pytest.fixture
def door(
    live_server: Any, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The portal behind TLS, whose certificate the system trusts."""
    settings.INBOUND_CERTIFICATE_HEADER = HEADER
    with tls_before(live_server.url, tmp_path, OURS, OTHER) as (url, trusted):
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        yield url


def allow(endpoint: Endpoint, *ways: str) -> None:
    accept_from(
        endpoint=endpoint, ways=ways, certificate=OURS.certificate, by=None, at=NOW, reason="Test."
    )


@pytest.fixture
def keys(endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything that the endpoint knows, in the environment; the file of its certificate."""
    issued = issue_client_credentials(endpoint=endpoint, by=None)
    file = written(OURS, tmp_path / "ours.pem")
    known = {
        "TOKEN": make_token(endpoint, "message:send"),
        "CLIENT_ID": issued.client_id,
        "CLIENT_SECRET": issued.client_secret,
        "ENDPOINT": str(endpoint.mrid),
        "SECRET": SECRET,
        "CERTIFICATE": str(file),
    }
    for name, value in known.items():
        monkeypatch.setenv(f"PORTAL_{name}", value)
    return file


WAYS = {
    "token": "bearer",
    "client credentials": "bearer",
    "signature": "signature",
    "certificate": "mutual_tls",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("binding", ["http", "soap"])
def test_the_simulator_sends_in_this_way_and_is_refused_where_it_is_not_allowed(
    door: str, keys: Path, endpoint: Endpoint, way: str, binding: str, capsys: Any
) -> None:
    allow(endpoint, WAYS[way])
    words = ["send", "--portal", door, *ASK, "--binding", binding, "--authentication", way]
    assert simulate(words) == 1
    assert capsys.readouterr().out.startswith(UNKNOWN)
    assert InboundMessage.objects.get().endpoint == endpoint
    other = "signature" if WAYS[way] == "bearer" else "bearer"
    allow(endpoint, other)
    assert simulate(words) == 1
    assert " 7.3 " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("way", "name", "value"),
    [
        ("token", "TOKEN", "nobody's"),
        ("signature", "SECRET", SECRETS["dso"]),
        ("signature", "ENDPOINT", "00000000-0000-0000-0000-000000000001"),
        ("certificate", "CERTIFICATE", "other.pem"),
        ("certificate", "ENDPOINT", "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_what_does_not_hold_is_refused(
    door: str, keys: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, capsys: Any,
    way: str, name: str, value: str,
) -> None:  # fmt: skip
    allow(endpoint, *set(WAYS.values()))
    if value == "other.pem":
        value = str(written(OTHER, keys.with_name(value)))
    monkeypatch.setenv(f"PORTAL_{name}", value)
    assert simulate(["send", "--portal", door, *ASK, "--authentication", way]) == 1
    assert capsys.readouterr().out.startswith("HTTP 401 FAILED 7.4")
    assert not InboundMessage.objects.exists()


def test_what_is_missing_or_wrong_is_said_before_anything_is_sent(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    words = ["send", "--portal", "http://127.0.0.1:9", *ASK]
    assert simulate([*words, "--authentication", "signature"]) == 2
    assert "endpoint: is missing" in capsys.readouterr().err
    monkeypatch.setenv("PORTAL_ENDPOINT", str(endpoint.mrid))
    monkeypatch.setenv("PORTAL_SECRET", "whsec_not base64")
    assert simulate(words) == 2
    assert "secret: is not base64" in capsys.readouterr().err
    monkeypatch.delenv("PORTAL_SECRET")
    bare = tmp_path / "bare.pem"
    bare.write_text(OURS.certificate)
    monkeypatch.setenv("PORTAL_CERTIFICATE", str(bare))
    assert simulate(words) == 2
    assert "certificate: no PEM with its key" in capsys.readouterr().err


def test_the_page_takes_each_of_them(door: str, endpoint: Endpoint, tmp_path: Path) -> None:
    """The secret with which the portal signs is the endpoint's own: it need not be given."""
    allow(endpoint, *set(WAYS.values()))
    mrid = str(endpoint.mrid)
    forms: list[dict[str, str]] = [
        {"way": "token", "token": make_token(endpoint, "message:send")},
        {"way": "signature", "endpoint": mrid},
        {"way": "certificate", "endpoint": mrid, "identity": OURS.certificate + OURS.key},
    ]
    with running({"dso": SECRET}, tmp_path, portal_url=door) as simulator:
        url = f"{simulator.url}/dso"
        for form in forms:
            page = requests.post(f"{url}/credentials", data=form, timeout=30)
            assert page.status_code == 200, page.text
            assert not any(value in page.text for value in form.values() if len(value) > 60)
            sent = requests.post(
                f"{url}/send", data={"body": filled("get EndDeviceConfig")}, timeout=30
            )
            assert "2.15 there is no such DER" in sent.text, form["way"]


@pytest.mark.parametrize("way", WAYS)
def test_the_kit_passes_in_this_way(
    door: str, live_server: Any, keys: Path, endpoint: Endpoint, tmp_path: Path, way: str
) -> None:
    allow(endpoint, WAYS[way])
    other, report = written(OTHER, keys.with_name("other.pem")), tmp_path / "junit.xml"
    own = {"signature": ("P34-signature",), "certificate": ("P35-certificate",)}.get(way, ())
    wanted = (*PROCEDURES, *own)
    words = [word for each in wanted for word in ("--only", each)]
    given = ["--given", "the DER=00000000-0000-0000-0000-000000000001"]
    given += ["--given", f"another certificate={other}"]
    options = ["--authentication", way, "--junit", str(report)]
    assert kit(["portal", "--url", door, *words, *given, *options]) == 0
    cases = etree.parse(str(report)).iter("testcase")
    ended = {str(each.get("name")).split(":")[0]: [child.tag for child in each] for each in cases}
    assert ended == {each: [] for each in wanted}, "nothing failed, nothing was skipped"
