"""The kit's report in Chromium, at both widths: accessible, it fits, and nothing is fetched."""

from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect

from derms_simulator.running import running
from derms_simulator.tests.client import SECRET
from interop.__main__ import main

from .conftest import HEIGHTS, CheckPage, Visit, visits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One procedure that passed and one whose second answer had another noun."""
    monkeypatch.setenv("DERMS_SECRET", SECRET)
    file = tmp_path / "report.html"
    only = ["--only", "D01-der-approved", "--only", "D02-der-changed"]
    with running({"dso": SECRET}, tmp_path) as simulator:
        url = f"{simulator.url}/dso"
        script = {"requests": {"4": {"mode": "wrong_noun"}}}
        requests.put(f"{url}/faults", json=script, timeout=10).raise_for_status()
        assert main(["derms", "--url", url, "--html", str(file), *only]) == 1
    return file


@pytest.mark.parametrize("width", [1280, 390])
def test_the_report(browser: Browser, report: Path, check_page: CheckPage, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": HEIGHTS[width]})
    page = context.new_page()
    visits[page] = Visit(page, report.as_uri())
    visits[page].listen()
    page.goto(report.as_uri())
    check_page(page, "interop-report")
    failed = page.get_by_role("region", name="What failed")
    expect(failed).to_contain_text("step 2: the Noun of the message: it is 'MeterReadings'")
    expect(page.get_by_text("Verb>changed", exact=False).first).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_text("Messages of step 1").first).to_be_hidden()
    expect(page.get_by_text("Messages of step 2").last).to_be_visible()
    context.close()
    visits.clear()
