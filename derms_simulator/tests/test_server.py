"""Signature, refusals, behaviors, pages: over real HTTP on the loopback."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from cim.envelope import Verb
from cim.messages import build_event, read
from cim.profiles import end_device_config
from cim.tests.examples import (
    CORRELATION_ID,
    DER,
    GONE,
    MESSAGE_ID,
    NOON,
    change_request,
    der_event,
)
from cim.validation import validate
from derms_simulator.__main__ import arguments
from derms_simulator.state import open_endpoints
from derms_simulator.tests.client import OTHER, SECRET, Sender, number, signed


def _log(sender: Sender) -> list[dict[str, object]]:
    return [json.loads(line) for line in sender.get("log").text.splitlines()]


def test_reply_is_valid_and_copies_the_correlation(dso: Sender) -> None:
    response = dso.post(der_event())
    assert response.status_code == 200
    assert validate(response.content) == []
    message = read(response.content)
    assert message.header.correlation_id == str(CORRELATION_ID)
    assert message.header.noun == "EndDeviceConfig"
    assert message.reply is not None
    assert [each.code for each in message.reply.errors] == ["0.0"]


def _tampered(data: bytes) -> dict[str, str]:
    return signed(data + b" ")


# Signed when the test runs: what is in the future at import may be in time by then.
BAD_SIGNATURES: dict[str, Callable[[], dict[str, str]]] = {
    "tampered": lambda: _tampered(der_event()),
    "another endpoint's secret": lambda: signed(der_event(), OTHER),
    "no signature": dict,
    "garbage": lambda: {**signed(der_event()), "webhook-signature": "nonsense"},
    "not base64": lambda: {**signed(der_event()), "webhook-signature": "v1,***"},
    "old": lambda: signed(der_event(), age=timedelta(minutes=6)),
    "from the future": lambda: signed(der_event(), age=timedelta(minutes=-6)),
    "another id": lambda: {**signed(der_event()), "webhook-id": "other"},
}


@pytest.mark.parametrize("sign", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES)
def test_unsigned_message_has_no_effect(dso: Sender, sign: Callable[[], dict[str, str]]) -> None:
    response = requests.post(f"{dso.url}/dso", data=der_event(), headers=sign(), timeout=5)
    assert response.status_code == 401
    assert dso.picture() == []
    assert [each["verdict"] for each in _log(dso)] == ["unsigned"]


def test_body_that_is_not_text_is_unsigned(dso: Sender) -> None:
    headers = signed(b"x")
    response = requests.post(f"{dso.url}/dso", data=b"\xff\xfe\x00", headers=headers, timeout=5)
    assert response.status_code == 401


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"<!DOCTYPE a><a/>", b"<a/>", b'{"a": 1}', b"<a>" * 100 + b"</a>" * 100],
)
def test_unreadable_body_gets_a_fault(dso: Sender, data: bytes) -> None:
    response = dso.post(data)
    assert response.status_code == 400
    reply = read(response.content).reply
    assert reply is not None
    assert reply.errors[0].code == "1.8"


def test_too_large_a_body_is_not_read(dso: Sender) -> None:
    assert dso.post(b"x" * (6 * 1024 * 1024)).status_code == 413


def _other_noun() -> bytes:
    data = der_event(is_typed=False)
    return data.replace(b"<Noun>EndDeviceConfig", b"<Noun>PanPricings")


def _without_payload() -> bytes:
    data = der_event()
    return data[: data.index(b"<Payload>")] + b"</CreatedEndDeviceConfig>"


def _other_object() -> bytes:
    return build_event(
        "EndDeviceConfig",
        Verb.CREATED,
        end_device_config.to_element(DER),
        message_id=MESSAGE_ID,
        correlation_id=CORRELATION_ID,
        timestamp=NOON,
        source="derportal",
        context="TESTING",
        properties={"ObjectVersion": "99"},
    )


REFUSED = {
    "invalid": (der_event().replace(b">s12<", b">s13<"), "1.8"),
    "not a number": (der_event().replace(b">5500<", b">NaN<"), "1.8"),
    "a request instead of an event": (change_request(), "2.9"),
    "another past tense": (
        der_event().replace(b"Created", b"Closed").replace(b">created<", b">closed<"),
        "2.9",
    ),
    "an unknown noun": (_other_noun(), "2.5"),
    "no payload": (_without_payload(), "1.7"),
    "created without a record": (der_event(GONE, Verb.CREATED), "1.7"),
    "header and payload disagree": (_other_object(), "2.29"),
    "no MessageID": (
        der_event().replace(f"<msg:MessageID>{MESSAGE_ID}</msg:MessageID>".encode(), b""),
        "1.5",
    ),
}


@pytest.mark.parametrize(("data", "code"), REFUSED.values(), ids=REFUSED)
def test_message_is_refused_with_a_code(dso: Sender, data: bytes, code: str) -> None:
    response = dso.post(data)
    reply = read(response.content).reply
    assert response.status_code == 200
    assert reply is not None
    assert not reply.is_ok
    assert reply.errors[0].code == code
    assert dso.picture() == []


def test_failed_has_no_effect_and_the_same_message_succeeds_later(dso: Sender) -> None:
    dso.behave("failed")
    assert [each.code for each in dso.send(der_event()).errors] == ["6.1"]
    assert dso.picture() == []
    dso.behave("ok")
    assert dso.send(der_event()).is_ok


def test_slow_acts_then_answers(dso: Sender) -> None:
    dso.behave("slow", 0.5)
    start = time.monotonic()
    with pytest.raises(requests.Timeout):
        dso.post(der_event(), timeout=0.2)
    assert dso.der()["version"] == 3
    assert dso.post(der_event(), timeout=3).status_code == 200
    assert time.monotonic() - start >= 0.5


def test_silent_never_answers_and_does_not_act(dso: Sender) -> None:
    dso.behave("silent")
    with pytest.raises(requests.Timeout):
        dso.post(der_event(), timeout=0.3)
    assert dso.picture() == []
    assert [each["verdict"] for each in _log(dso)] == ["silent"]
    dso.behave("ok")
    assert dso.send(der_event()).is_ok


def test_error500_does_not_act(dso: Sender) -> None:
    dso.behave("error500")
    assert dso.post(der_event()).status_code == 500
    assert dso.picture() == []


def test_cut_acts_before_it_drops_the_connection(dso: Sender) -> None:
    dso.behave("cut")
    with pytest.raises(requests.ConnectionError):
        dso.post(der_event())
    assert dso.der()["version"] == 3
    dso.behave("ok")
    assert dso.send(der_event()).is_ok
    assert dso.get("picture").json()["duplicates"] == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"mode": "x"}',
        '{"mode": "slow", "seconds": 1e9}',
        '{"mode": "slow", "seconds": NaN}',
    ],
)
def test_wrong_behavior_is_refused(dso: Sender, body: str) -> None:
    response = requests.put(f"{dso.url}/dso/behavior", data=body, timeout=5)
    assert response.status_code == 400


def test_behavior_is_set_by_the_page(dso: Sender) -> None:
    form = {"mode": "failed", "seconds": "5"}
    response = requests.post(f"{dso.url}/dso/behavior", data=form, timeout=5)
    assert response.history[0].status_code == 303
    assert '<option value="failed" selected>' in response.text


def test_another_site_cannot_steer(dso: Sender) -> None:
    for origin in ("https://evil.example", "null"):
        headers = {"Origin": origin}
        url = f"{dso.url}/dso"
        assert requests.delete(url, headers=headers, timeout=5).status_code == 403
        assert requests.post(f"{url}/behavior", headers=headers, timeout=5).status_code == 403
    own = requests.delete(f"{dso.url}/dso", headers={"Origin": dso.url}, timeout=5)
    assert own.status_code == 204


def test_reset_forgets_everything(dso: Sender) -> None:
    dso.behave("failed")
    dso.send(der_event())
    requests.delete(f"{dso.url}/dso", timeout=5)
    assert dso.picture() == []
    assert _log(dso) == []
    assert dso.send(der_event()).is_ok


def test_log_holds_what_arrived(dso: Sender) -> None:
    dso.send(der_event())
    dso.send(der_event())
    first, second = _log(dso)
    assert (first["verdict"], second["verdict"]) == ("applied", "duplicate")
    assert (first["message_id"], first["sequence"]) == (str(MESSAGE_ID), 17)
    assert first["raw"] == der_event().decode()


def test_unknown_endpoint_is_not_found(dso: Sender) -> None:
    stranger = Sender(dso.url, "nobody")
    assert stranger.post(der_event()).status_code == 404
    for path in ("picture", "log", "messages/x"):
        assert stranger.get(path).status_code == 404
    assert dso.get("messages/none").status_code == 404
    assert requests.get(f"{dso.url}/assets/page.py", timeout=5).status_code == 404


def test_page_shows_the_picture_and_the_inbox(dso: Sender) -> None:
    dso.send(der_event())
    response = requests.get(dso.url, timeout=5)
    for words in ("/dso", "/third-party", "DER-2026-00042", "Maple 12", str(MESSAGE_ID), "applied"):
        assert words in response.text
    assert "script-src 'self';" in response.headers["Content-Security-Policy"]
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert requests.get(f"{dso.url}/assets/style.css", timeout=5).status_code == 200


def test_page_shows_a_message_with_its_reply(dso: Sender) -> None:
    dso.send(der_event())
    shown = dso.get(f"messages/{MESSAGE_ID}").text
    assert "  &lt;Header&gt;" in shown
    assert "EndDeviceConfigResponseMessage" in shown


def test_pages_escape_everything(dso: Sender) -> None:
    evil = b"&lt;script&gt;alert(1)&lt;/script&gt;\"'"
    data = der_event().replace(b"DER-2026-00042", evil).replace(b"Maple 12", evil)
    data = data.replace(str(MESSAGE_ID).encode(), evil)
    assert dso.send(data).is_ok
    page = requests.get(dso.url, timeout=5).text
    assert "<script>" not in page
    link = page.split(f'href="{"/dso/messages/"}')[1].split('"')[0]
    message = requests.get(f"{dso.url}/dso/messages/{link}", timeout=5)
    assert message.status_code == 200
    assert "<script" not in message.text


@pytest.mark.parametrize("name", ["", "DSO", "a/b", "assets", "../x", "a b"])
def test_unusable_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="path"):
        open_endpoints({name: SECRET}, tmp_path)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_a"])
def test_unusable_secret_is_refused(tmp_path: Path, secret: str) -> None:
    with pytest.raises(ValueError, match="base64"):
        open_endpoints({"dso": secret}, tmp_path)


def test_command_line() -> None:
    given = arguments(["--endpoint", f"dso={SECRET}", "--journal", "x", "--port", "1"])
    assert given.endpoint == [("dso", SECRET)]
    with pytest.raises(SystemExit):
        arguments(["--endpoint", "dso", "--journal", "x"])


@pytest.fixture
def program(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    words = ["--port", "0", "--endpoint", f"dso={SECRET}", "--journal", str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "derms_simulator", *words],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    with process:
        yield process
        process.terminate()


def test_program_prints_its_address(program: "subprocess.Popen[str]") -> None:
    assert program.stdout is not None
    line = program.stdout.readline()
    assert line.startswith("DERMS simulator: http://127.0.0.1:")
    sender = Sender(line.split()[-1].rstrip("/"))
    assert sender.send(der_event(message_id=number(1))).is_ok
