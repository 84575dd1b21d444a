"""The kit in the portal's place against a DERMS: a right one, and wrong ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from lxml import etree

from derms_simulator.running import running
from interop.__main__ import main
from interop.procedure import load
from interop.rows import ROWS
from interop.tests.wrong import yes_man

SECRET = "whsec_" + "aSBhbSB0aGUgc2VjcmV0IG9mIHRoZSBraXQncyB0ZXN0"
EVERY = {each.id for each in load("derms") if each.role == "derms"}
# What nobody can get wrong by saying yes.
HARMLESS = {
    "D01-der-approved",
    "D02-der-changed",
    "D03-agreement-ends",
    "D04-any-order",
    "D05-untyped",
    "D06-compressed",
    "D15-comes-back",
    "D40-answer-lost",
    "D51-member-leaves",
    "D41-message-cut",
}


@pytest.fixture
def simulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("DERMS_SECRET", SECRET)
    with running({"dso": SECRET}, tmp_path) as simulator:
        yield f"{simulator.url}/dso"


def kit(url: str, folder: Path, *words: str) -> tuple[int, dict[str, str]]:
    """The exit code, and how each procedure ended, as JUnit tells it."""
    file = folder / "junit.xml"
    code = main(["derms", "--url", url, "--junit", str(file), *words])
    ended = {}
    for case in etree.parse(str(file)).iter("testcase"):
        inside = [str(each.tag) for each in case]
        ended[str(case.get("name")).split(":")[0]] = inside[0] if inside else "passed"
    return code, ended


def test_the_simulator_passes_every_procedure(simulator: str, tmp_path: Path) -> None:
    code, ended = kit(simulator, tmp_path)
    assert ended == dict.fromkeys(EVERY, "passed")
    assert code == 0
    again, _ = kit(simulator, tmp_path)
    assert again == 0


@pytest.mark.parametrize("role", ["third party", "work management"])
def test_the_simulator_plays_every_role(simulator: str, tmp_path: Path, role: str) -> None:
    code, ended = kit(simulator, tmp_path, "--role", role)
    assert ended == {each.id: "passed" for each in load("derms") if each.role == role}
    assert code == 0


def test_a_derms_that_always_says_yes_fails_what_must_be_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DERMS_SECRET", SECRET)
    with yes_man() as url:
        code, ended = kit(url, tmp_path)
    assert code == 1
    assert {name for name, word in ended.items() if word == "passed"} == HARMLESS
    assert {name for name, word in ended.items() if word == "failure"} == EVERY - HARMLESS


@pytest.mark.parametrize(
    "mode", ["other_correlation", "wrong_noun", "broken", "html", "error500", "drop"]
)
def test_a_derms_that_answers_wrongly_fails_what_it_should_have_done(
    simulator: str, tmp_path: Path, mode: str
) -> None:
    requests.put(f"{simulator}/behavior", json={"mode": mode}, timeout=5).raise_for_status()
    code, ended = kit(simulator, tmp_path, "--only", "D01-der-approved", "--only", "D30-unsigned")
    assert (code, set(ended.values())) == (1, {"failure"})


def test_the_report_tells_what_was_sent_and_what_came_back(simulator: str, tmp_path: Path) -> None:
    requests.put(f"{simulator}/behavior", json={"mode": "failed", "code": "5.1"}, timeout=5)
    file = tmp_path / "report.html"
    kit(simulator, tmp_path, "--html", str(file), "--only", "D01-der-approved")
    page = file.read_text(encoding="utf-8")
    assert "0 of 1 procedures passed" in page
    assert "do not yet work together" in page
    assert "step 1: Result OK: it is FAILED (5.1 the simulator was told to refuse)" in page
    assert "Sent: created EndDeviceConfig. Answered: HTTP 200, FAILED 5.1" in page
    assert "&lt;<b>CreatedEndDeviceConfig</b>" in page
    assert ROWS["SR9"] in page
    assert "http-equiv" not in page
    assert "<script" not in page
    assert "src=" not in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["derms"], "--url"),
        (["derms", "--url", "http://127.0.0.1:9/"], "DERMS_SECRET"),
        (["derms", "--only", "D99"], "D99"),
        (["portal", "--url", "nowhere"], "portal"),
        (["portal", "--url", "http://127.0.0.1:9"], "127.0.0.1:9"),
    ],
)
def test_a_kit_that_cannot_run_says_why(
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DERMS_SECRET", raising=False)
    monkeypatch.setenv("PORTAL_TOKEN", "x")
    assert main(words) == 2
    assert said in capsys.readouterr().err


def test_a_kit_without_credentials_for_the_portal_cannot_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["portal", "--url", "http://127.0.0.1:9"]) == 2
    assert "no credentials" in capsys.readouterr().err


def test_nobody_listening_fails_every_procedure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DERMS_SECRET", SECRET)
    code, ended = kit("http://127.0.0.1:9/", tmp_path)
    assert (code, ended) == (1, dict.fromkeys(EVERY, "failure"))
