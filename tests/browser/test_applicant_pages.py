"""Every page of the applicant, at both widths: accessible, fits, quiet."""

import pytest

from customers.services import register_customer
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

STATUS_STATES = (
    "completeness_review",
    "information_needed",
    "held_for_upgrade",
    "agreement_offered",
    "construction",
    "verification",
    "permission_to_operate",
    "declined",
    "withdrawn",
)
QUESTIONS = (
    "site",
    "equipment",
    "equipment/add",
    "operation",
    "tariff",
    "diagram",
    "check",
    "withdraw",
)


@pytest.fixture(params=(1280, 390))
def width(request):
    return request.param


def test_the_public_start_page(open_page, check_page, width):
    page = open_page("/", width=width)
    assert page.get_by_role("link", name="Start now").is_visible()
    check_page(page, "start")


def test_the_first_steps_of_a_new_customer(open_page, check_page, width):
    nina = make_user("nina@customer.example", "Nina Neu", "customer")
    check_page(open_page("/your-details/", user=nina, width=width), "your-details")
    register_customer(user=nina, name="Nina Neu", phone="1")
    check_page(open_page("/your-account/", user=nina, width=width), "your-account")


def test_the_empty_list(open_page, check_page, maria, ivan, width):
    check_page(open_page("/applications/", user=maria, width=width), "list-empty")
    check_page(open_page("/applications/", user=ivan, width=width), "list-installer-empty")


def test_the_list(open_page, check_page, maria, ivan, consent, journey, width):
    for state in ("draft", "agreement_offered", "held_for_upgrade", "permission_to_operate"):
        journey(state)
    check_page(open_page("/applications/", user=maria, width=width), "list")
    check_page(open_page("/applications/", user=ivan, width=width), "list-installer")


def test_the_task_list(open_page, check_page, maria, journey, width):
    empty, filled = journey("draft"), journey("filled")
    check_page(open_page(f"/applications/{empty.reference}/", user=maria, width=width), "tasks")
    check_page(
        open_page(f"/applications/{filled.reference}/", user=maria, width=width), "tasks-done"
    )


def test_the_question_pages(open_page, check_page, maria, journey, width):
    filled = journey("filled")
    page = open_page("/applications/", user=maria, width=width)
    for name in QUESTIONS:
        page.goto(f"/applications/{filled.reference}/{name}/")
        check_page(page, f"question-{name.replace('/', '-')}")
    unit = filled.der.units.get()
    page.goto(f"/applications/{filled.reference}/equipment/{unit.mrid}/")
    page.locator("details.card summary").click()
    check_page(page, "question-equipment-change")
    version = filled.tariff_version
    page.goto(f"/applications/{filled.reference}/tariff/{version.mrid}/")
    check_page(page, "question-tariff-terms")


@pytest.mark.parametrize("state", STATUS_STATES)
def test_the_status_page(open_page, check_page, maria, journey, width, state):
    request = journey(state)
    page = open_page(f"/applications/{request.reference}/", user=maria, width=width)
    assert page.get_by_role("list", name="Stages").get_by_role("listitem").count() == 6
    check_page(page, f"status-{state}")


def test_the_pages_where_the_applicant_acts(open_page, check_page, maria, journey, width):
    page = open_page("/applications/", user=maria, width=width)
    for state, name in (
        ("completeness_review", "submitted"),
        ("information_needed", "answer"),
        ("agreement_offered", "agreement"),
        ("construction", "installed"),
    ):
        page.goto(f"/applications/{journey(state).reference}/{name}/")
        check_page(page, f"act-{name}")


def test_an_installer_without_the_right_sees_whom_to_ask(
    open_page, check_page, ivan, consent, journey, width
):
    request = journey("agreement_offered")
    page = open_page(f"/applications/{request.reference}/agreement/", user=ivan, width=width)
    assert page.get_by_text("Ask Maria Alvarez to sign").is_visible()
    check_page(page, "agreement-installer")


def test_the_consents_page(open_page, check_page, maria, consent, width):
    check_page(open_page("/consents/", user=maria, width=width), "consents")


def test_errors_are_summed_up_on_top_with_focus(open_page, check_page, maria, journey, width):
    request = journey("filled")
    page = open_page(f"/applications/{request.reference}/equipment/add/", user=maria, width=width)
    page.get_by_label("Maximum active power").first.fill("NaN")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/equipment/add/")
    assert page.title().startswith("Error: ")
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    summary = page.locator("[data-error-summary]")
    assert "Maximum active power must be a number in W." in summary.inner_text()
    check_page(page, "errors")
    summary.get_by_role("link", name="Enter the manufacturer.").click()
    assert page.evaluate("document.activeElement.name") == "manufacturer"
