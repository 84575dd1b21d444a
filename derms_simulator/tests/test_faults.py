"""Each fault that an endpoint can be told, seen by a real sender on a real socket."""

import http.client
import json
import time
from urllib.parse import urlsplit

import pytest
import requests

from cim.elements import MessageRefused
from cim.messages import read
from cim.tests.examples import CORRELATION_ID, der_event
from cim.xml import XmlRefused
from derms_simulator.__main__ import arguments, main
from derms_simulator.behavior import MODES, Behavior, Script
from derms_simulator.tests.client import SECRET, Sender, signed


def told(sender: Sender, what: str, body: object) -> requests.Response:
    return requests.put(f"{sender.url}/{sender.name}/{what}", json=body, timeout=5)


def behave(sender: Sender, **facts: object) -> None:
    told(sender, "behavior", facts).raise_for_status()


def script(sender: Sender, body: object) -> None:
    told(sender, "faults", body).raise_for_status()


def test_drop_closes_without_effect(dso: Sender) -> None:
    behave(dso, mode="drop")
    with pytest.raises(requests.ConnectionError):
        dso.post(der_event())
    assert dso.picture() == []


def test_a_reply_is_cut_in_the_middle_after_the_effect(dso: Sender) -> None:
    behave(dso, mode="cut_reply")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        dso.post(der_event())
    assert dso.der()["version"] == 3


def test_drip_answers_one_byte_at_a_time(dso: Sender) -> None:
    behave(dso, mode="drip", seconds=0.2)
    body = der_event()
    line = http.client.HTTPConnection(urlsplit(dso.url).netloc, timeout=10)
    line.request("POST", "/dso", body, signed(body))
    answer = line.getresponse()
    start = time.monotonic()
    assert answer.read(3) == b"<?x"
    assert time.monotonic() - start >= 0.2
    line.close()


@pytest.mark.parametrize("mode", ["broken", "html"])
def test_an_answer_that_is_no_message(dso: Sender, mode: str) -> None:
    behave(dso, mode=mode)
    answer = dso.post(der_event())
    assert answer.status_code == 200
    with pytest.raises((XmlRefused, MessageRefused)):
        read(answer.content)


def test_an_answer_to_another_message(dso: Sender) -> None:
    behave(dso, mode="other_correlation")
    message = read(dso.post(der_event()).content)
    assert message.header.correlation_id not in ("", str(CORRELATION_ID))
    behave(dso, mode="wrong_noun")
    assert read(dso.post(der_event()).content).header.noun == "MeterReadings"


def test_failed_with_a_code_and_partial(dso: Sender) -> None:
    behave(dso, mode="failed", code="5.1")
    assert [each.code for each in dso.send(der_event()).errors] == ["5.1"]
    behave(dso, mode="partial")
    assert dso.send(der_event()).result == "PARTIAL"
    behave(dso, mode="ok")
    assert dso.send(der_event()).is_ok


def test_huge_answers_with_fifty_megabytes(dso: Sender) -> None:
    behave(dso, mode="huge")
    body = der_event()
    with requests.post(
        f"{dso.url}/dso", data=body, headers=signed(body), stream=True, timeout=5
    ) as answer:
        assert int(answer.headers["Content-Length"]) > 50_000_000
        assert len(next(answer.iter_content(1_000_000))) == 1_000_000


@pytest.mark.parametrize(
    ("status", "retry_after", "location"),
    [(503, 2, False), (429, 0, False), (301, None, True), (410, None, False), (401, None, False)],
)
def test_an_http_status(dso: Sender, status: int, retry_after: int | None, location: bool) -> None:
    behave(dso, mode="status", status=status, retry_after=retry_after)
    body = der_event()
    answer = requests.post(
        f"{dso.url}/dso", data=body, headers=signed(body), timeout=5, allow_redirects=False
    )
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == (None if retry_after is None else str(retry_after))
    assert ("Location" in answer.headers) == location
    assert dso.picture() == []


def test_a_script_counts_the_requests(dso: Sender) -> None:
    script(dso, {"requests": {"2": {"mode": "status", "status": 429}, "3": {"mode": "drop"}}})
    assert dso.post(der_event()).status_code == 200
    assert dso.post(der_event()).status_code == 429
    with pytest.raises(requests.ConnectionError):
        dso.post(der_event())
    assert dso.post(der_event()).status_code == 200
    assert dso.get("faults").json()["count"] == 4


def test_an_unsigned_request_is_not_counted(dso: Sender) -> None:
    script(dso, {"requests": {"1": {"mode": "error500"}}})
    assert requests.post(f"{dso.url}/dso", data=b"<a/>", timeout=5).status_code == 401
    assert dso.post(der_event()).status_code == 500


def test_the_same_seed_gives_the_same_faults() -> None:
    faults = (Behavior("drop"), Behavior("cut"))
    runs = [
        [
            Script(rate=0.3, seed=seed, faults=faults).behavior(n, Behavior()).mode
            for n in range(400)
        ]
        for seed in (7, 7, 8)
    ]
    assert runs[0] == runs[1] != runs[2]
    assert set(runs[0]) == {"ok", "drop", "cut"}
    assert 60 < 400 - runs[0].count("ok") < 180


BAD_SCRIPTS = {
    "not an object": ("[]", "a script"),
    "an unknown field": ('{"request": {}}', "request"),
    "no mode": ('{"requests": {"1": {}}}', "mode"),
    "an unknown mode": ('{"requests": {"1": {"mode": "x"}}}', "mode"),
    "number zero": ('{"requests": {"0": {"mode": "cut"}}}', "requests"),
    "no number": ('{"requests": {"x": {"mode": "cut"}}}', "requests"),
    "a rate above one": ('{"random": {"rate": 2}}', "rate"),
    "a seed in words": ('{"random": {"seed": "x"}}', "seed"),
    "a status that succeeds": ('{"requests": {"1": {"mode": "status", "status": 200}}}', "status"),
    "no JSON": ("{", "not a script"),
}


@pytest.mark.parametrize(("text", "field"), BAD_SCRIPTS.values(), ids=BAD_SCRIPTS)
def test_a_bad_script_names_its_field(dso: Sender, text: str, field: str) -> None:
    answer = requests.put(f"{dso.url}/dso/faults", data=text, timeout=5)
    assert answer.status_code == 400
    assert field in answer.text


def test_the_page_sets_a_script_and_shows_it(dso: Sender) -> None:
    wanted = {"requests": {"1": {"mode": "cut"}}}
    form = {"script": json.dumps(wanted)}
    answer = requests.post(f"{dso.url}/dso/faults", data=form, timeout=5)
    assert answer.history[0].status_code == 303
    assert "&quot;mode&quot;: &quot;cut&quot;" in answer.text
    assert all(mode in answer.text for mode in MODES)
    requests.post(f"{dso.url}/dso/faults", data={"script": ""}, timeout=5)
    assert dso.get("faults").json() == {"count": 0, "script": {}}


def test_the_log_says_which_fault_went_out(dso: Sender) -> None:
    behave(dso, mode="broken")
    dso.post(der_event())
    (record,) = [json.loads(line) for line in dso.get("log").text.splitlines()]
    assert (record["verdict"], record["fault"]) == ("applied", "broken")
    assert record["reply"].startswith(record["sent"])


def test_faults_on_the_command_line() -> None:
    words = ["--endpoint", f"dso={SECRET}", "--journal", "x"]
    given = arguments([*words, "--faults", 'dso={"requests": {"3": {"mode": "cut"}}}'])
    ((name, wanted),) = given.faults
    assert (name, wanted.requests[3].mode) == ("dso", "cut")
    for bad in ("dso", "dso=[]", "dso=@/no/such/file"):
        with pytest.raises(SystemExit):
            arguments([*words, "--faults", bad])
    assert main([*words, "--faults", "other={}"]) == 2
