"""The whole application: by keyboard alone, and without JavaScript."""

import re

import pytest
from playwright.sync_api import Page

from enrollment.selectors import ServiceRequest
from tests.factories import diagram_pdf

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FOCUSED = r"""() => {
  const e = document.activeElement;
  const labels = e.labels ? Array.from(e.labels).map(l => l.innerText) : [];
  const words = [...labels, e.innerText || '', e.getAttribute('aria-label') || ''];
  return words.join(' ').replace(/\s+/g, ' ').trim();
}"""
VISIBLE = """() => {
  const e = document.activeElement, box = e.getBoundingClientRect();
  const style = getComputedStyle(e);
  return box.bottom > 0 && box.top < innerHeight && style.outlineStyle !== 'none';
}"""
DIAGRAM = {"name": "diagram.pdf", "mimeType": "application/pdf", "buffer": b""}


@pytest.fixture
def diagram():
    return DIAGRAM | {"buffer": diagram_pdf().read()}


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus is on what carries these words; it must be seen to be there."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if words in page.evaluate(FOCUSED):
            page.wait_for_function(VISIBLE, timeout=3_000)  # scrolling to it takes a moment
            return
    raise AssertionError(f"Tab never reaches “{words}” on {page.url}")


def follow(page: Page, words: str, url: str) -> None:
    """Go to a link or button by keyboard and press Enter."""
    tab_to(page, words)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(url))


def fill(page: Page, label: str, text: str) -> None:
    """Go to a field by keyboard and type."""
    tab_to(page, label)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def test_a_whole_application_by_keyboard(open_page, maria, diagram):
    page = open_page("/applications/", user=maria)
    # From the start: the browser must know it before the key is pressed.
    page.on("filechooser", lambda chooser: chooser.set_files(diagram))
    follow(page, "Start a new application", r"/SR-\d+-\d+/$")

    follow(page, "Where it will be connected", r"/site/$")
    tab_to(page, "12 Kestrel Lane")
    page.keyboard.press("Space")
    follow(page, "Save and continue", r"/SR-\d+-\d+/$")

    follow(page, "Your equipment", r"/equipment/$")
    follow(page, "Add equipment", r"/equipment/add/$")
    tab_to(page, "Find it on the certified list")
    page.keyboard.type("ABB MICRO-0.25")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.get_by_label("Manufacturer", exact=True).input_value() == "ABB"
    assert page.get_by_label("Maximum active power", exact=True).input_value() == "250"
    fill(page, "How many?", "10")
    follow(page, "Save", r"/equipment/$")
    assert page.get_by_text("On the certified list").is_visible()
    follow(page, "That is everything", r"/SR-\d+-\d+/$")

    follow(page, "How it will operate", r"/operation/$")
    tab_to(page, "Yes, everything")
    page.keyboard.press("ArrowDown")
    fill(page, "Export limit", "2")
    tab_to(page, "It cannot be reached")
    page.keyboard.press("ArrowDown")
    tab_to(page, "From when should it operate?")
    page.keyboard.type("03012027")
    follow(page, "Save and continue", r"/SR-\d+-\d+/$")

    follow(page, "Your tariff", r"/tariff/$")
    follow(page, "Read the terms of Net Billing Tariff", r"/tariff/[0-9a-f-]+/$")
    fill(page, "Type your full name", "Maria Alvarez")
    tab_to(page, "I have read these terms")
    page.keyboard.press("Space")
    follow(page, "Accept this tariff", r"/SR-\d+-\d+/$")

    follow(page, "One-line diagram", r"/diagram/$")
    tab_to(page, "One-line diagram")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.files.length === 1")
    follow(page, "Upload and continue", r"/SR-\d+-\d+/$")

    follow(page, "Check your answers and submit", r"/check/$")
    follow(page, "Submit application", r"/submitted/$")
    request = ServiceRequest.objects.get()
    assert request.state == "completeness_review"
    assert request.reference in page.locator("h1 + p").inner_text()
    assert request.der.export_limit_w == 2000
    assert request.der.units.get().quantity == 10
    follow(page, "Follow your application", r"/SR-\d+-\d+/$")
    assert page.get_by_role("heading", name="What happens next").is_visible()


def test_a_whole_application_without_javascript(open_page, maria, diagram):
    page = open_page("/applications/", user=maria, javascript=False)
    page.get_by_role("button", name="Start a new application").click()
    page.get_by_role("link", name="Where it will be connected").click()
    page.get_by_role("button", name="Save and continue").click()
    assert page.title().startswith("Error: ")
    page.get_by_label("12 Kestrel Lane").check()
    page.get_by_role("button", name="Save and continue").click()

    page.get_by_role("link", name="Your equipment").click()
    page.get_by_role("link", name="Add equipment").click()
    page.get_by_label("Manufacturer or model").fill("ABB MICRO-0.25")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="ABB MICRO-0.25").first.click()
    assert page.get_by_label("Maximum active power", exact=True).input_value() == "250"
    page.get_by_label("How many?").fill("10")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="That is everything").click()

    page.get_by_role("link", name="How it will operate").click()
    page.get_by_label("No, nothing is exported").check()
    page.get_by_label("IEEE 2030.5", exact=True).check()
    page.get_by_label("From when should it operate?").fill("2027-03-01")
    page.get_by_role("button", name="Save and continue").click()

    page.get_by_role("link", name="Your tariff").click()
    page.get_by_role("link", name="Read the terms of Net Billing Tariff").click()
    page.get_by_label("Type your full name").fill("Maria Alvarez")
    page.get_by_label("I have read these terms and I accept them.").check()
    page.get_by_role("button", name="Accept this tariff").click()

    page.get_by_role("link", name="One-line diagram").click()
    page.get_by_label("One-line diagram").set_input_files(diagram)
    page.get_by_role("button", name="Upload and continue").click()

    page.get_by_role("link", name="Check your answers and submit").click()
    page.get_by_role("link", name="Change Notes").click()
    page.get_by_label("Anything our engineers should know?").fill("Shared driveway.")
    page.get_by_role("button", name="Save and continue").click()
    page.wait_for_url("**/check/")
    assert page.get_by_text("Shared driveway.").is_visible()
    page.get_by_role("button", name="Submit application").click()
    page.wait_for_url("**/submitted/")
    page.reload()
    assert page.get_by_role("heading", name="Application submitted").is_visible()
    assert ServiceRequest.objects.get().state == "completeness_review"


def test_work_is_kept_when_one_comes_back_another_day(open_page, maria, journey):
    request = journey("filled")
    page = open_page(f"/applications/{request.reference}/", user=maria)
    assert page.get_by_text("5 of 5").is_visible()
    again = open_page("/applications/", user=maria)
    again.get_by_role("link", name="Solar (PV), 2.5 kW").click()
    assert again.get_by_text("5 of 5").is_visible()


def test_a_locked_task_has_no_link(open_page, maria, journey):
    page = open_page(f"/applications/{journey('draft').reference}/", user=maria)
    assert page.get_by_role("link", name="Your tariff").count() == 0
    assert page.get_by_text("Cannot start yet").count() == 4


def test_what_was_asked_for_is_mended_and_sent_back(open_page, maria, journey, diagram):
    request = journey("information_needed")
    page = open_page(f"/applications/{request.reference}/", user=maria, width=390)
    page.get_by_role("region", name="What to put right").get_by_role("link").click()
    page.get_by_label("One-line diagram").set_input_files(diagram)
    page.get_by_role("button", name="Upload and continue").click()
    page.get_by_role("link", name="Send your application back").click()
    page.get_by_label("Your answer").fill("The switch is drawn now.")
    page.get_by_role("button", name="Send it back").click()
    page.wait_for_url(f"**/{request.reference}/")
    assert page.get_by_text("Thank you. Your application is back with us.").is_visible()
    assert ServiceRequest.objects.get().state == "completeness_review"


def test_an_ended_consent_closes_the_door(open_page, maria, ivan, consent, journey):
    request = journey("completeness_review")
    installer = open_page(f"/applications/{request.reference}/", user=ivan)
    assert installer.get_by_role("heading", name="What happens next").is_visible()
    customer = open_page("/consents/", user=maria)
    customer.get_by_role("button", name="End BrightRoof Solar").click()
    customer.get_by_text("BrightRoof Solar can no longer act for you.").wait_for()
    answer = installer.reload()
    assert answer is not None
    assert answer.status == 404


@pytest.mark.parametrize("width", [320])
def test_pages_reflow_at_320_pixels(open_page, maria, journey, width):
    filled = journey("filled")
    page = open_page("/", user=None, width=width)
    for path in (
        "/applications/",
        f"/applications/{filled.reference}/",
        f"/applications/{filled.reference}/equipment/add/",
        f"/applications/{filled.reference}/tariff/",
        f"/applications/{filled.reference}/check/",
    ):
        page = open_page(path, user=maria, width=width)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
