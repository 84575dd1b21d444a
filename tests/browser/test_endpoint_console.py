"""The endpoint console in Chromium, at both widths; and an integrator's first hour with it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from exchange.models import DeliveryLease, Endpoint
from exchange.selectors import InboxFilter, inbox
from exchange.services import (
    reject_unreadable,
    resume_endpoint,
    send_test_message,
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
