"""The staff's and the crews' pages in Chromium: by keyboard, at both widths, through the acts."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from enrollment.models import ServiceRequest
from enrollment.services import record_communication_test
from enrollment.states import State
from workorders.models import WorkOrder

from .conftest import WIDTHS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
]
NOW = datetime.now(UTC) - timedelta(days=9)


def state_of(request):
    return ServiceRequest.objects.get(pk=request.pk).state


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    out = BytesIO()
    Image.new("RGB", (320, 240), "steelblue").save(out, "JPEG")
    path = tmp_path / "nameplate.jpg"
    path.write_bytes(out.getvalue())
    return path


def test_the_queue_is_worked_by_keyboard(journey, stranger, erik, open_page):
    first = journey("engineering_review", at=NOW)
    second = journey("engineering_review", applicant=stranger, at=NOW + timedelta(days=1))
    page = open_page("/queue/", user=erik)
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=first.reference, exact=True)).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=second.reference, exact=True)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{page.url.split('/queue/')[0]}/queue/{first.reference}/")
    page.go_back()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type(second.reference)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=second.reference, exact=True)).to_be_visible()
    expect(page.get_by_role("link", name=first.reference, exact=True)).to_have_count(0)
    page.get_by_role("link", name="Remove filter").click()
    expect(page.get_by_role("link", name=first.reference, exact=True)).to_be_visible()


def test_claiming_stays_on_the_page_and_works_without_scripts(journey, erik, open_page):
    wanted = journey("engineering_review", at=NOW)
    page = open_page("/queue/", user=erik)
    page.get_by_role("button", name=f"Claim {wanted.reference}").click()
    expect(page.get_by_role("button", name=f"Release {wanted.reference}")).to_be_visible()
    plain = open_page("/queue/?tab=mine", user=erik, javascript=False)
    plain.get_by_role("button", name=f"Release {wanted.reference}").click()
    expect(plain.get_by_role("heading", name="Nothing here")).to_be_visible()
    assert ServiceRequest.objects.get(pk=wanted.pk).claimed_by is None


@pytest.mark.parametrize("width", WIDTHS)
def test_an_engineer_reviews_and_approves(journey, erik, open_page, check_page, width):
    wanted = journey("engineering_review", at=NOW)
    page = open_page("/queue/", user=erik, width=width)
    check_page(page, "staff-queue")
    page.get_by_role("link", name=wanted.reference).click()
    check_page(page, "staff-review")
    page.get_by_label("Reason", exact=True).first.fill("All screens that apply pass.")
    page.get_by_role("button", name="Approve for Engineering").click()
    expect(page.get_by_role("status").first).to_contain_text("approved by Engineering")
    check_page(page)
    assert state_of(wanted) == State.OPERATIONS_REVIEW


def test_declining_asks_again(journey, erik, open_page, check_page):
    wanted = journey("engineering_review", at=NOW)
    page = open_page(f"/queue/{wanted.reference}/", user=erik)
    page.get_by_role("button", name="Decline").click()
    dialog = page.get_by_role("dialog")
    check_page(page, "staff-decline")
    dialog.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("alert").first).to_contain_text("Give the reason")
    assert state_of(wanted) == State.ENGINEERING_REVIEW
    page.get_by_label("Reason for the customer").fill("The service drop is too small.")
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("status").first).to_contain_text("is declined")
    assert state_of(wanted) == State.DECLINED


@pytest.mark.parametrize("width", WIDTHS)
def test_a_late_decision_keeps_the_words_and_names_the_other(
    journey, erik, open_page, check_page, width
):
    from enrollment.services import approve_engineering
    from tests.factories import make_user

    emma = make_user("emma@utility.example", "Emma Stone", "engineering")
    wanted = journey("engineering_review", at=NOW)
    page = open_page(f"/queue/{wanted.reference}/", user=emma, width=width)
    page.get_by_label("Reason", exact=True).first.fill("Emma's careful words")
    approve_engineering(request=wanted, reason="Quick", by=erik, at=datetime.now(UTC))
    page.get_by_role("button", name="Approve for Engineering").click()
    alert = page.get_by_role("alert").first
    expect(alert).to_contain_text("Erik Lindqvist")
    expect(alert).to_contain_text("Emma's careful words")
    assert axe_clean(page) == []


def axe_clean(page):
    from .conftest import axe_violations, layout_troubles

    return [*axe_violations(page), *layout_troubles(page)]


@pytest.mark.parametrize("width", WIDTHS)
def test_operations_holds_and_the_completed_upgrade_resumes(
    journey, olivia, open_page, check_page, width
):
    wanted = journey("operations_review", at=NOW)
    page = open_page(f"/queue/{wanted.reference}/", user=olivia, width=width)
    page.locator("summary", has_text="Hold for a network upgrade").click()
    page.get_by_label("A new upgrade, planned now").check()
    page.get_by_label("Name of the new upgrade").fill("Larger transformer")
    page.get_by_label("Expected completion of the new upgrade").fill("2027-05-01")
    page.locator("#id_hold-reason").fill("The transformer would be overloaded.")
    check_page(page, "staff-hold")
    page.get_by_role("button", name="Hold for a network upgrade").click()
    expect(page.get_by_role("status").first).to_contain_text("held for a network upgrade")
    assert state_of(wanted) == State.HELD_FOR_UPGRADE
    page.goto("/upgrades/")
    check_page(page, "staff-upgrades")
    page.get_by_role("link", name="Larger transformer").click()
    check_page(page, "staff-upgrade")
    page.get_by_role("link", name="Complete").click()
    expect(page.get_by_role("link", name=wanted.reference)).to_be_visible()
    check_page(page, "staff-upgrade-complete")
    page.get_by_role("button", name="Complete the upgrade").click()
    expect(page.get_by_role("status").first).to_contain_text(f"resumed: {wanted.reference}")
    check_page(page)
    assert state_of(wanted) == State.OPERATIONS_REVIEW
    feeder = wanted.der.usage_point.network_connection.transformer.feeder.name
    page.goto(f"/feeders/{feeder}/")
    check_page(page, "staff-feeder")
    page.goto("/upgrades/new/")
    check_page(page, "staff-upgrade-new")


def issued(journey, erik):
    wanted = journey("verification", at=NOW)
    record_communication_test(request=wanted, note="Read.", by=erik, at=datetime.now(UTC))
    return wanted, WorkOrder.objects.get(service_request_mrid=wanted.mrid)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_crew_passes_an_installation_on_its_phone(
    journey, erik, frank, open_page, check_page, photo, width
):
    wanted, order = issued(journey, erik)
    page = open_page("/work-orders/", user=frank, width=width)
    check_page(page, "field-work-orders")
    page.get_by_role("link", name=order.address).click()
    check_page(page, "field-work-order")
    small = page.evaluate(
        "[...document.querySelectorAll('form .btn, form .form-check')]"
        ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).length"
    )
    assert small == 0
    for answer in page.get_by_label("Pass", exact=True).all():
        answer.check()
    page.get_by_label("What you found").first.fill("As on the nameplate")
    page.locator("input[type=file]").set_input_files(str(photo))
    page.get_by_role("button", name="Passed").click()
    expect(page.get_by_role("status").first).to_contain_text("permission to operate")
    check_page(page, "field-passed")
    assert order.photos.count() == 1
    assert state_of(wanted) == State.PERMISSION_TO_OPERATE


def test_a_crew_that_loses_its_page_finds_its_answers_again(journey, erik, frank, open_page):
    _, order = issued(journey, erik)
    page = open_page(f"/work-orders/{order.number}/", user=frank, width=390)
    page.get_by_label("What you found").first.fill("Half typed")
    page.reload()
    expect(page.get_by_label("What you found").first).to_have_value("Half typed")


def test_the_staff_pages_reflow_at_320(journey, erik, open_page):
    wanted = journey("engineering_review", at=NOW)
    for path in ("/queue/", f"/queue/{wanted.reference}/", "/upgrades/"):
        page = open_page(path, user=erik, width=320)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_review_prints_with_its_title_and_stages(journey, erik, open_page):
    wanted = journey("engineering_review", at=NOW)
    page = open_page(f"/queue/{wanted.reference}/", user=erik)
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("current stage").first).to_be_visible()
    expect(page.get_by_role("heading", name="Decide")).to_be_hidden()
