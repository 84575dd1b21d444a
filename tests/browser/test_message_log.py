"""The message log in Chromium, at both widths: accessible, fits, quiet; and it keeps up."""

from datetime import timedelta

import pytest
from celery import current_app
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from exchange.models import DeliveryLease
from exchange.tests.factories import make_endpoint, make_third_party, send
from exchange.tests.log_examples import delivered, der_message, failed, retrying

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(params=(1280, 390))
def width(request):
    return request.param


@pytest.fixture(autouse=True)
def _no_bells(monkeypatch):
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def scene(gridpool):
    """Three endpoints: one with everything, one that does not answer, one of a third party."""
    valley = make_endpoint(
        "Alder Valley DERMS", url="https://derms.alder.example/in", context="TESTING"
    )
    north = make_endpoint("North substation DERMS", url="https://north.alder.example/in")
    pool = make_third_party("GridPool DERMS", owner=gridpool.mrid)
    first = delivered(der_message(valley))
    delivered(der_message(pool))
    delivered(der_message(valley, first.object_mrid, version=2))
    broken = failed(der_message(valley))
    der_message(valley, broken.object_mrid, version=2)
    waiting = retrying(der_message(north))
    failed(der_message(pool))
    DeliveryLease.objects.filter(endpoint=north).update(
        not_before=timezone.now() + timedelta(minutes=1)
    )
    return {"broken": broken, "waiting": waiting, "fine": first, "valley": valley, "pool": pool}


def page_of(message):
    return reverse("messages:message", args=[message.message_id])


def test_the_log_for_staff(open_page, check_page, width, olivia, scene):
    check_page(open_page("/messages/", user=olivia, width=width), "messages")
    filtered = open_page("/messages/?state=dead&noun=EndDeviceConfig", user=olivia, width=width)
    check_page(filtered, "messages-filtered")
    wrong = open_page("/messages/?object=nonsense", user=olivia, width=width)
    check_page(wrong, "messages-wrong")
    nothing = open_page("/messages/?noun=MasterDataLinkageConfig", user=olivia, width=width)
    check_page(nothing, "messages-nothing")


def test_the_log_for_a_third_party(open_page, check_page, width, tara, scene):
    page = open_page("/messages/", user=tara, width=width)
    assert page.get_by_text("Alder Valley DERMS").count() == 0
    check_page(page, "messages-third-party")


def test_an_empty_log(open_page, check_page, width, olivia, tara):
    check_page(open_page("/messages/", user=olivia, width=width), "messages-empty")
    check_page(open_page("/messages/", user=tara, width=width), "messages-empty-third-party")


@pytest.mark.parametrize("name", ["broken", "waiting", "fine"])
def test_a_message(open_page, check_page, width, olivia, scene, name):
    page = open_page(page_of(scene[name]), user=olivia, width=width)
    assert "<lifecycleState>active</lifecycleState>" in page.locator("#payload").inner_text()
    check_page(page, f"message-{name}")


@pytest.mark.parametrize("name", ["valley", "pool"])
def test_an_endpoint(open_page, check_page, width, olivia, scene, name):
    url = reverse("messages:endpoint", args=[scene[name].mrid])
    check_page(open_page(url, user=olivia, width=width), f"endpoint-{name}")


@pytest.mark.parametrize("javascript", [True, False])
def test_resending_asks_first_and_then_says_so(
    open_page, check_page, width, olivia, scene, javascript
):
    page = open_page(page_of(scene["broken"]), user=olivia, width=width, javascript=javascript)
    page.get_by_role("button", name="Resend", exact=True).click()
    if javascript:
        check_page(page, "message-resend")
    page.get_by_role("button", name="Resend message").click()
    page.get_by_text("The message goes to Alder Valley DERMS again.").wait_for()
    assert page.get_by_role("button", name="Resend", exact=True).count() == 0
    if javascript:
        check_page(page, "message-resent")
    scene["broken"].refresh_from_db()
    assert scene["broken"].state == "pending"


def test_the_log_and_a_message_follow_what_happens(open_page, check_page, olivia, scene):
    log = open_page("/messages/", user=olivia)
    focused = log.locator(f"#m-{scene['fine'].message_id}")
    focused.focus()
    new = send(scene["valley"])
    log.locator(f"#m-{new.message_id}").wait_for(timeout=15_000)
    assert focused.evaluate("each => each === document.activeElement")
    check_page(log)

    page = open_page(page_of(scene["waiting"]), user=olivia)
    scene["waiting"].refresh_from_db()
    delivered(scene["waiting"])
    page.locator("#chip", has_text="Delivered").wait_for(timeout=15_000)
    assert page.get_by_role("button", name="Resend", exact=True).is_visible()
    check_page(page)


def test_updates_can_be_paused(open_page, olivia, scene):
    page = open_page("/messages/", user=olivia)
    page.get_by_role("link", name="Pause updates").click()
    page.get_by_role("link", name="Resume updates").wait_for()
    assert page.locator("[hx-get]").count() == 0


def test_a_message_prints_whole_without_what_only_a_screen_needs(open_page, olivia, scene):
    page = open_page(page_of(scene["fine"]), user=olivia)
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for name in ("Send it yourself with curl", "Envelope", "Message"):
        heading = page.get_by_role("heading", name=name).first
        expect(heading).to_be_visible(visible=name != "Send it yourself with curl")
    cut = (
        "[...document.querySelectorAll('pre')].filter(each => each.scrollWidth > each.clientWidth)"
    )
    page.set_viewport_size({"width": 680, "height": 960})
    assert page.evaluate(f"{cut}.length") == 0
    listed = open_page("/messages/", user=olivia)
    listed.emulate_media(media="print")
    expect(listed.get_by_role("table")).to_be_visible()
    expect(listed.get_by_role("link", name="Received")).to_be_hidden()


def test_staff_find_a_feeder_by_typing(open_page, check_page, width, ada):
    page = open_page("/messages/endpoints/new/", user=ada, width=width)
    page.get_by_role("searchbox", name="Find a feeder").fill("weir l")
    boxes = page.locator("[name=feeders]:visible")
    expect(boxes).to_have_count(1)
    check_page(page, "endpoint-new-feeders")
