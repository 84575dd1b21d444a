"""The main journey in Chromium, from "Start now" to the messages at two DERMS.

Maria applies for solar and a battery in GridPool's program. Susan, Erik and Olivia decide; the
request is held for a network upgrade and goes on when it is done. Maria signs and reports; Frank
fails the visit on his phone, comes again and passes it with a photo. Then both DERMS know the
DER, by message and by REST.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import Page, expect

from customers.selectors import Provider, User, notifications_about
from enrollment.models import ServiceRequest
from enrollment.selectors import timeline_of
from exchange.models import Endpoint
from exchange.services import issue_client_credentials
from tests.derms import TwoDerms, two_derms
from tests.factories import diagram_pdf

pytestmark = [
    pytest.mark.browser,
    pytest.mark.delivery,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]


@dataclass
class Portal:
    """The windows of the people, and the application they all look at."""

    open_page: Callable[..., Page]
    check_page: Callable[..., None]
    reference: str = ""

    def request(self) -> ServiceRequest:
        """The application as it is in the database."""
        return ServiceRequest.objects.get(reference=self.reference)

    def is_now(self, state: str) -> None:
        """The state that the last act led to."""
        assert self.request().state == state


@pytest.fixture
def portal(open_page: Any, check_page: Any) -> Portal:
    """Everybody has a window of their own."""
    return Portal(open_page, check_page)


@pytest.fixture
def derms(transactional_db: None, tmp_path: Path, gridpool: Provider) -> Iterator[TwoDerms]:
    """The DSO's and GridPool's DERMS."""
    with two_derms(tmp_path / "derms", gridpool) as both:
        yield both


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, str]:
    """A one-line diagram and a photo on disk."""
    diagram, photo = tmp_path / "one-line.pdf", tmp_path / "nameplate.jpg"
    diagram.write_bytes(diagram_pdf().read())
    picture = BytesIO()
    Image.new("RGB", (640, 480), "slategray").save(picture, "JPEG")
    photo.write_bytes(picture.getvalue())
    return {"diagram": str(diagram), "photo": str(photo)}


def save(page: Page) -> None:
    """Send the question page."""
    page.get_by_role("button", name="Save and continue").click()


def maria_fills_in(portal: Portal, page: Page, diagram: str) -> None:
    """The task list from top to bottom."""
    page.get_by_role("button", name="Start a new application").click()
    page.wait_for_url("**/applications/SR-*/")
    portal.reference = page.url.rstrip("/").rsplit("/", 1)[1]
    page.get_by_role("link", name="Where it will be connected").click()
    page.get_by_role("radio").check()
    save(page)
    page.get_by_role("link", name="Your equipment").click()
    maria_adds(page, "SMA SB5.0-1SP", "Solar (PV)")
    maria_adds(page, "SMA SBS5.0", "Battery storage", energy_wh="10000")
    page.get_by_role("link", name="That is everything").click()
    maria_describes(page)
    maria_accepts(page)
    page.get_by_role("link", name="One-line diagram").click()
    page.locator("input[type=file]").set_input_files(diagram)
    page.get_by_role("button", name="Upload and continue").click()


def maria_adds(page: Page, words: str, kind: str, energy_wh: str = "") -> None:
    """Find a model on the certified list by typing; its nameplate is filled in."""
    page.get_by_role("link", name="equipment").last.click()
    page.get_by_label("Find it on the certified list").press_sequentially(words)
    page.get_by_role("listbox", name="Suggestions").get_by_role("option").first.click()
    page.get_by_label("What is it?").select_option(kind)
    if energy_wh:
        page.get_by_label("Usable energy").fill(energy_wh)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("On the certified list").last).to_be_visible()


def maria_describes(page: Page) -> None:
    """Export up to 5 kW, reachable, in GridPool's program."""
    page.get_by_role("link", name="How it will operate").click()
    page.get_by_label("Yes, up to a limit").check()
    page.get_by_label("Export limit").fill("5")
    page.get_by_label("IEEE 2030.5", exact=True).check()
    page.get_by_label("Third-party provider").select_option("GridPool")
    page.get_by_label("From when should it operate?").fill("2027-03-01")
    save(page)


def maria_accepts(page: Page) -> None:
    """Choose California's Net Billing Tariff and accept its text."""
    page.get_by_role("link", name="Your tariff").click()
    page.get_by_role("link", name="Read the terms of Net Billing").first.click()
    sign(page, "Accept this tariff")


def sign(page: Page, button: str) -> None:
    """Type the name, tick the box, press the button."""
    page.get_by_label("Type your full name").fill("Maria Alvarez")
    page.get_by_label("I have read these terms").check()
    page.get_by_role("button", name=button).click()


def maria_submits(portal: Portal, page: Page) -> None:
    """Check the answers; press the button twice, as people do."""
    page.get_by_role("link", name="Check your answers and submit").click()
    portal.check_page(page, "journey-check")
    page.get_by_role("button", name="Submit application").dblclick()
    expect(page.get_by_role("heading", name="Application submitted")).to_be_visible()
    portal.is_now("completeness_review")


def decide(portal: Portal, user: User, act: str, reason: str) -> None:
    """A member of staff opens the application from the queue and does what is open there."""
    page = portal.open_page("/queue/", user=user)
    page.get_by_role("link", name=portal.reference, exact=True).click()
    page.locator("details[open] [name$=-reason]").fill(reason)
    page.get_by_role("button", name=act).click()
    expect(page.get_by_role("status").first).to_contain_text(portal.reference)


def olivia_holds(portal: Portal, olivia: User) -> None:
    """Operations plans an upgrade and holds the application for it."""
    page = portal.open_page(f"/queue/{portal.reference}/", user=olivia)
    page.locator("summary", has_text="Hold for a network upgrade").click()
    page.get_by_label("A new upgrade, planned now").check()
    page.get_by_label("Name of the new upgrade").fill("Larger transformer at Kestrel Lane")
    page.get_by_label("Expected completion of the new upgrade").fill("2027-05-01")
    page.locator("#id_hold-reason").fill("The transformer would be overloaded.")
    page.get_by_role("button", name="Hold for a network upgrade").click()
    expect(page.get_by_role("status").first).to_contain_text("held for a network upgrade")
    portal.is_now("held_for_upgrade")


def olivia_completes_the_upgrade(portal: Portal, olivia: User) -> None:
    """The application goes on by itself."""
    page = portal.open_page("/upgrades/", user=olivia)
    page.get_by_role("link", name="Larger transformer at Kestrel Lane").click()
    page.get_by_role("link", name="Complete").click()
    page.get_by_role("button", name="Complete the upgrade").click()
    expect(page.get_by_role("status").first).to_contain_text(f"resumed: {portal.reference}")
    portal.is_now("operations_review")


def maria_sees(portal: Portal, page: Page, words: str) -> None:
    """The status page says where the application is."""
    page.goto(f"/applications/{portal.reference}/")
    expect(page.get_by_role("main")).to_contain_text(words)


def maria_signs(portal: Portal, page: Page) -> None:
    """The agreement names what was approved."""
    page.goto(f"/applications/{portal.reference}/agreement/")
    expect(page.get_by_text("Export to the network is limited to 5000 W.")).to_be_attached()
    sign(page, "Sign the agreement")
    portal.is_now("construction")


def maria_reports(portal: Portal, page: Page) -> None:
    """The system is installed; a crew may come."""
    page.goto(f"/applications/{portal.reference}/installed/")
    page.get_by_label("The system is installed as described").check()
    page.get_by_role("button", name="Ask for the visit").click()
    expect(page.get_by_role("main")).to_contain_text("Our crew will visit")
    portal.is_now("verification")


def frank_opens(portal: Portal, frank: User) -> Page:
    """The work order on a phone."""
    page = portal.open_page("/work-orders/", user=frank, width=390)
    page.get_by_role("link", name="Kestrel Lane").first.click()
    for answer in page.get_by_label("Pass", exact=True).all():
        answer.check()
    return page


def frank_fails(portal: Portal, frank: User) -> None:
    """One answer is "Fail"; the note goes to the customer."""
    page = frank_opens(portal, frank)
    page.get_by_label("Fail", exact=True).nth(2).check()
    page.get_by_label("Note").fill("Mount the AC disconnect switch beside the meter.")
    page.get_by_role("button", name="Failed: a re-visit is needed").click()
    expect(page.get_by_role("status").first).to_be_visible()
    portal.is_now("construction")


def frank_passes(portal: Portal, frank: User, photo: str) -> None:
    """With serial numbers and a photo."""
    page = frank_opens(portal, frank)
    for number, field in enumerate(page.locator("textarea[name^=serial_]").all()):
        field.fill(f"SN-10{number}")
    page.locator("input[type=file]").set_input_files(photo)
    portal.check_page(page, "journey-visit")
    page.get_by_role("button", name="Passed: give permission to operate").click()
    expect(page.get_by_role("status").first).to_contain_text("permission to operate")
    portal.is_now("permission_to_operate")


def test_a_customer_gets_permission_to_operate_and_both_derms_know(
    portal: Portal,
    derms: TwoDerms,
    papers: dict[str, str],
    live_server: Any,
    maria: User,
    susan: User,
    erik: User,
    olivia: User,
    frank: User,
) -> None:
    customer = portal.open_page("/applications/", user=maria)
    maria_fills_in(portal, customer, papers["diagram"])
    maria_submits(portal, customer)
    decide(portal, susan, "Confirm that it is complete", "Everything is there.")
    decide(portal, erik, "Approve for Engineering", "All screens that apply pass.")
    olivia_holds(portal, olivia)
    maria_sees(portal, customer, "Larger transformer at Kestrel Lane")
    olivia_completes_the_upgrade(portal, olivia)
    decide(portal, olivia, "Approve for Operations", "Within limits after the upgrade.")
    maria_signs(portal, customer)
    maria_reports(portal, customer)
    frank_fails(portal, frank)
    maria_sees(portal, customer, "Mount the AC disconnect switch beside the meter.")
    maria_reports(portal, customer)
    frank_passes(portal, frank, papers["photo"])
    maria_sees(portal, customer, "Permission to operate")

    everything_is_on_record(portal)
    both_derms_know(portal, derms, olivia)
    rest_says_the_same(portal, derms, live_server.url)


def everything_is_on_record(portal: Portal) -> None:
    """One StateChange and one notice for each step, also for the submit pressed twice."""
    request = portal.request()
    moves = [change.transition for change in timeline_of(request)]
    assert moves == [
        "submit",
        "confirm_complete",
        "approve_engineering",
        "hold_for_network_upgrade",
        "resume_after_upgrade",
        "approve_operations",
        "sign_agreement",
        "report_installation",
        "fail_verification",
        "report_installation",
        "pass_verification",
    ]
    told = notifications_about(request.mrid).order_by("id")
    assert [notice.kind for notice in told] == moves
    assert ServiceRequest.objects.count() == 1


def both_derms_know(portal: Portal, derms: TwoDerms, olivia: User) -> None:
    """In the simulator's picture, on its page, and in the message log."""
    derms.drain()
    der = portal.request().proposed_der
    units = {str(unit.mrid): unit.serial_numbers for unit in der.units.all()}
    for one in derms:
        facts = one.picture()[str(der.mrid)]["facts"]
        assert (facts["lifecycle_state"], facts["type"]) == ("active", "mixed")
        assert {unit["mrid"]: unit["serial_number"] for unit in facts["units"]} == units

    simulator = portal.open_page(f"{derms.url}/")
    for path in ("dso", "third-party"):
        section = simulator.locator(f"#{path}")
        expect(section.get_by_role("region", name="DER")).to_contain_text("active")
        expect(section.get_by_role("region", name="Inbox")).to_contain_text("EndDeviceConfig")

    log = portal.open_page("/messages/", user=olivia)
    expect(log.get_by_role("main")).to_contain_text("GridPool DERMS")
    expect(log.get_by_role("link", name="EndDeviceConfig").first).to_be_visible()


def rest_says_the_same(portal: Portal, derms: TwoDerms, home: str) -> None:
    """With a token that each integrator gets over HTTP."""
    der = portal.request().proposed_der
    for one in derms:
        item = read_over_http(home, one.endpoint, f"{der.mrid}/").json()
        assert (item["state"], item["version"]) == ("active", 1)
        assert item["tariff"]["code"] == "CA-NBT"
        assert Decimal(item["export_limit_w"]) == 5_000
        assert {unit["kind"] for unit in item["units"]} == {"pv", "storage"}
        assert item["provider"]["name"] == "GridPool"
        assert "Maria" not in str(item)


def read_over_http(home: str, endpoint: Endpoint, path: str) -> requests.Response:
    """As the quickstart says: client credentials, token, read."""
    keys = issue_client_credentials(endpoint=endpoint, by=None)
    token = requests.post(
        f"{home}/oauth/token",
        data={"grant_type": "client_credentials", "scope": "der:read"},
        auth=(keys.client_id, keys.client_secret),
        timeout=10,
    )
    answer = requests.get(
        f"{home}/api/v1/der/{path}",
        headers={"Authorization": f"Bearer {token.json()['access_token']}"},
        timeout=10,
    )
    answer.raise_for_status()
    return answer
