"""The endpoint console in Chromium, at both widths; and an integrator's first hour with it."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from celery import current_app
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from derms_simulator.behavior import Behavior
from derms_simulator.running import running
from exchange.models import DeliveryLease, Endpoint
from exchange.selectors import InboxFilter, inbox
from exchange.services import (
    compare_with_list,
    drain,
    reject_unreadable,
    resume_endpoint,
    send_test_message,
    signing_secrets,
    suspend_endpoint,
)
from exchange.tests.factories import make_endpoint, make_third_party
from exchange.tests.log_examples import delivered, der_message, failed, retrying

from .conftest import axe_violations, keep_picture, layout_troubles

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(params=(1280, 390))
def width(request):
    return request.param


@pytest.fixture(autouse=True)
def _no_bells(monkeypatch):
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


def beside(function, **facts):
    """Call it in a thread: Playwright's loop runs in this one."""

    def called():
        try:
            return function(**facts)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as worker:
        return worker.submit(called).result()


@pytest.fixture
def scene(transactional_db, gridpool, tara, olivia):
    """Endpoints in several states, the third party's with everything in it."""
    now = timezone.now()
    valley = make_endpoint("Alder Valley DERMS", url="https://derms.alder.example/in")
    north = make_endpoint("North substation DERMS", url="https://north.alder.example/in")
    pool = make_third_party("GridPool DERMS", owner=gridpool.mrid)
    idle = make_third_party("GridPool DERMS test", owner=gridpool.mrid)
    Endpoint.objects.filter(pk=idle.pk).update(is_active=False)
    for _ in range(3):
        delivered(der_message(pool))
        delivered(der_message(valley))
    failed(der_message(pool))
    retrying(der_message(pool))
    retrying(der_message(north))
    DeliveryLease.objects.filter(endpoint=north).update(not_before=now + timedelta(minutes=1))
    suspend_endpoint(endpoint=valley, by=olivia, at=now, reason="Maintenance until six o'clock")
    resume_endpoint(endpoint=valley, by=olivia, at=now, reason="Finished early")
    suspend_endpoint(endpoint=valley, by=olivia, at=now, reason="A fault was found")
    Endpoint.objects.filter(pk=pool.pk).update(certificate_expires_at=now + timedelta(days=12))
    reject_unreadable(endpoint=pool, body=b"<a>Hello?", reason="no end tag", at=now)
    beside(send_test_message, endpoint=pool, by=tara, at=now)
    return {"valley": valley, "north": north, "pool": pool, "idle": idle}


def of(name, endpoint):
    return reverse(f"messages:{name}", args=[endpoint.mrid])


def test_the_list(open_page, check_page, width, olivia, tara, scene):
    check_page(open_page("/messages/endpoints/", user=olivia, width=width), "console-list-staff")
    page = open_page("/messages/endpoints/", user=tara, width=width)
    assert page.get_by_text("Alder Valley DERMS").count() == 0
    check_page(page, "console-list")


def test_an_empty_list_says_how_to_begin(open_page, check_page, width, tara):
    page = open_page("/messages/endpoints/", user=tara, width=width)
    check_page(page, "console-empty")
    page.get_by_role("main").get_by_role("link", name="Create an endpoint").last.click()
    page.get_by_role("button", name="Create the endpoint").click()
    page.get_by_text("There is a problem").wait_for()
    keep_picture(page, "console-new-errors")
    assert axe_violations(page) + layout_troubles(page) == []


@pytest.mark.parametrize(
    "name",
    ["endpoint", "endpoint-inbox", "endpoint-setup", "endpoint-settings", "endpoint-guide",
     "endpoint-secret", "endpoint-credentials", "endpoint-suspend", "endpoint-recover"],
)  # fmt: skip
def test_a_page_of_an_endpoint(open_page, check_page, width, tara, scene, name):
    page = open_page(of(name, scene["pool"]), user=tara, width=width)
    check_page(page, f"console-{name}")


def test_an_endpoint_that_is_suspended_or_not_started(
    open_page, check_page, width, ada, tara, scene
):
    page = open_page(of("endpoint-settings", scene["valley"]), user=ada, width=width)
    check_page(page, "console-suspended")
    check_page(
        open_page(of("endpoint-setup", scene["idle"]), user=tara, width=width), "console-idle"
    )


def test_what_came_in(open_page, check_page, width, tara, scene):
    check_page(open_page("/messages/received/", user=tara, width=width), "console-inbox")
    [message] = inbox(wanted=InboxFilter())
    page = open_page(reverse("messages:received", args=[message.pk]), user=tara, width=width)
    check_page(page, "console-received")


@pytest.mark.parametrize(
    "name", ["endpoint-edit", "endpoint-authentication", "endpoint-server", "endpoint-proofs"]
)
def test_a_form_of_an_endpoint(open_page, check_page, width, tara, scene, name):
    page = open_page(of(name, scene["pool"]), user=tara, width=width)
    check_page(page, f"console-{name}")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("There is a problem").wait_for()
    keep_picture(page, f"console-{name}-errors")
    assert axe_violations(page) + layout_troubles(page) == []


def test_the_rows_follow_what_happens_and_the_focus_stays(open_page, check_page, tara, scene):
    page = open_page(of("endpoint", scene["pool"]), user=tara)
    focused = page.locator("tbody [data-row-link]").nth(2)
    focused.focus()
    page.locator(".dp-table").evaluate("each => { each.scrollLeft = 40 }")
    new = der_message(scene["pool"])
    page.locator(f"#m-{new.message_id}").wait_for(timeout=30_000)
    assert (
        page.locator("tbody [data-row-link]")
        .nth(3)
        .evaluate("each => each === document.activeElement")
    )
    check_page(page)


SECRET = "whsec_" + base64.b64encode(b"a secret of the portal's integrator").decode()


@pytest.mark.parametrize("javascript", [True, False])
def test_an_integrators_first_hour(open_page, tmp_path, tara, width, javascript):
    """Create, test, start, see a failed delivery, resend it, rotate the secret: no JavaScript."""
    with running({"pool": SECRET}, tmp_path) as simulator:
        page = open_page("/messages/", user=tara, width=width, javascript=javascript)
        page.get_by_role("link", name="Create an endpoint").click()
        page.get_by_label("Name").fill("GridPool DERMS")
        page.get_by_label("Address (URL)").fill(f"{simulator.url}/pool")
        page.get_by_role("button", name="Create the endpoint").click()
        assert page.locator("#secret").inner_text().startswith("whsec_")
        page.get_by_role("link", name="Continue to the test message").click()

        page.get_by_role("button", name="Send a test message").click()
        page.get_by_text("Not passed").wait_for()  # the simulator has another secret
        endpoint = Endpoint.objects.get()
        simulator.endpoints["pool"].secret = signing_secrets(endpoint=endpoint)[0]
        page.get_by_role("button", name="Send another test message").click()
        page.get_by_text("Passed", exact=True).wait_for()
        page.get_by_role("button", name="Start the endpoint").click()
        page.get_by_text("GridPool DERMS is started.").wait_for()

        simulator.endpoints["pool"].behavior = Behavior(mode="failed")
        message = der_message(endpoint)
        beside(drain, endpoint_id=endpoint.pk)
        page.goto(of("endpoint", endpoint))
        page.get_by_text("Failed", exact=True).first.wait_for()
        page.locator(f"#m-{message.message_id}").click()
        page.get_by_text("FAILED: 6.1").first.wait_for()
        simulator.endpoints["pool"].behavior = Behavior()
        page.get_by_role("button", name="Resend", exact=True).click()
        page.get_by_role("button", name="Resend message").click()
        beside(drain, endpoint_id=endpoint.pk)
        page.goto(of("endpoint", endpoint))
        page.locator(f"tr:has(#m-{message.message_id})").get_by_text("Delivered").wait_for()

        page.get_by_role("link", name="Settings").click()
        page.get_by_role("link", name="Rotate the secret").click()
        page.get_by_role("button", name="Make a new secret").click()
        fresh = page.locator("#secret").inner_text()
        simulator.endpoints["pool"].secret = fresh
        page.get_by_role("link", name="I have copied it").click()
        page.get_by_role("button", name="End the previous secret").click()
        page.get_by_role("button", name="End it").click()
        page.get_by_text("Only the newest one signs.").wait_for()
        endpoint.refresh_from_db()
        assert signing_secrets(endpoint=endpoint) == [fresh]
        page.get_by_role("link", name="Test", exact=True).click()
        page.get_by_role("button", name="Send another test message").click()
        page.get_by_text("Passed", exact=True).wait_for()


def test_a_comparison(open_page, check_page, width, tara, scene):
    known = {uuid4(): 1 for _ in range(120)}
    found = compare_with_list(endpoint=scene["pool"], known=known, at=timezone.now())
    url = reverse("endpoint-comparisons", args=[scene["pool"].mrid])
    page = open_page(url, user=tara, width=width)
    check_page(page, "console-comparisons")
    page.locator("[data-row-link]").first.click()
    check_page(page, "console-comparison")
    page.get_by_role("link", name="Next").click()
    assert page.locator("tbody tr").count() == 20
    assert found.difference_count == 120
