"""The simulator's pages in Chromium, at both widths: accessible, fit, quiet; and the live page."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from cim.envelope import Verb
from cim.tests.examples import DER, DER_MRID, GONE, MESSAGE_ID, der_event, linkage_event
from derms_simulator.running import running
from derms_simulator.tests.client import ENDPOINTS, Sender, number

from .conftest import HEIGHTS, CheckPage, Visit, visits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(params=(1280, 390))
def width(request) -> int:
    return request.param


@pytest.fixture
def dso(tmp_path: Path) -> Iterator[Sender]:
    with running(ENDPOINTS, tmp_path, portal_url="http://127.0.0.1:9") as simulator:
        yield Sender(simulator.url)


@pytest.fixture
def page(browser: Browser, dso: Sender, width: int) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHTS[width]}, base_url=dso.url
    )
    page = context.new_page()
    visits[page] = Visit(page, dso.url)
    visits[page].listen()
    yield page
    context.close()
    visits.clear()


@pytest.fixture
def told(dso: Sender) -> None:
    """One DER with its tariff, one that is gone, a duplicate and a refused message."""
    gone = replace(GONE, mrid="5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7cff")
    dso.send(der_event())
    dso.send(der_event())
    dso.send(linkage_event(message_id=number(2)))
    dso.send(der_event(gone, Verb.DELETED, message_id=number(3)))
    dso.send(der_event(message_id=number(4)))


def test_an_empty_simulator(page: Page, check_page: CheckPage) -> None:
    page.goto("/")
    expect(page.locator("#dso")).to_contain_text("No DER yet")
    expect(page.locator("#dso")).to_contain_text("No groups yet")
    check_page(page, "simulator-empty")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "DER-2026-00042"),
        (f"/dso/ders/{DER_MRID}", "NEM-3"),
        (f"/dso/messages/{MESSAGE_ID}", "CreatedEndDeviceConfig"),
        ("/dso/control", "Retry-After"),
        ("/dso/send", "EndDeviceConfig"),
    ],
)
def test_every_page(page: Page, told: None, check_page: CheckPage, path: str, words: str) -> None:
    page.goto(path)
    expect(page.locator("main")).to_contain_text(words)
    check_page(page, f"simulator{path.rsplit('/', maxsplit=1)[-1][:7]}")


def test_news_arrive_and_the_page_keeps_its_place(page: Page, told: None, dso: Sender) -> None:
    page.goto("/")
    page.evaluate("window.scrollTo(0, 300)")
    before = page.evaluate("window.scrollY")
    assert before > 0
    dso.send(der_event(replace(DER, version=9), Verb.CHANGED, message_id=number(9), sequence=99))
    expect(page.locator("#dso")).to_contain_text(str(number(9)), timeout=30_000)
    assert page.evaluate("window.scrollY") == before


def test_a_behavior_is_set_by_keyboard_alone(page: Page, dso: Sender) -> None:
    page.goto("/dso/control")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.get_by_label("Behavior").focus()
    page.keyboard.type("Answers FAILED")
    page.get_by_role("button", name="Set behavior").focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.get_by_label("Behavior")).to_have_value("failed")
    assert not dso.send(der_event()).is_ok


def test_a_message_that_cannot_be_sent_stays_in_the_form(page: Page, told: None) -> None:
    page.goto("/dso/send")
    page.get_by_label("mRID of the object").fill("my object")
    page.get_by_role("button", name="Fill in").click()
    expect(page.get_by_label("Message").last).to_contain_text("my object")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Not sent")
    assert "my object" in page.get_by_label("Message").last.input_value()
