"""The endpoint console: suspend, resume, skip, recover; what came in; bounded queries."""

from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from celery import current_app
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exchange.models import DeliveryLease, Endpoint, InboundMessage, OutboundMessage
from exchange.selectors import InboxFilter, inbox
from exchange.services import reject_unreadable, suspend_endpoint

from .factories import make_endpoint, make_third_party
from .log_examples import delivered, der_message, failed, retrying
from .receiver import Receiver, receiving

pytestmark = pytest.mark.django_db
ENDPOINTS = "/messages/endpoints/"


@pytest.fixture(autouse=True)
def _no_bells(monkeypatch):
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def pool(gridpool):
    return make_third_party("GridPool DERMS", owner=gridpool.mrid)


@pytest.fixture
def integrator(tara):
    client = Client()
    client.force_login(tara)
    return client


def page(name, endpoint):
    return reverse(f"messages:{name}", args=[endpoint.mrid])


def said(response):
    return [str(each) for each in get_messages(response.wsgi_request)]


def unreadable(endpoint, body=b"<a>"):
    reject_unreadable(endpoint=endpoint, body=body, reason="no end tag", at=timezone.now())
    return InboundMessage.objects.latest("id")


class TestSuspending:
    def test_it_needs_a_reason_at_the_field(self, integrator, pool):
        response = integrator.post(page("endpoint-suspend", pool), {"reason": " "})
        assert response.status_code == 400
        assert response.context["form"].errors == {"reason": ["Give the reason."]}
        assert DeliveryLease.objects.get().suspended_at is None

    def test_suspended_and_resumed_with_the_reasons_on_the_page(self, integrator, pool):
        integrator.post(page("endpoint-suspend", pool), {"reason": "New firewall"})
        shown = integrator.get(page("endpoint", pool))
        assert shown.context["card"].status.label == "Suspended"
        assert "New firewall" in shown.content.decode()
        again = integrator.post(page("endpoint-suspend", pool), {"reason": "Once more"})
        assert "suspended already" in str(again.context["form"].errors)
        integrator.post(page("endpoint-resume", pool), {"reason": "It is open"})
        assert integrator.get(page("endpoint", pool)).context["card"].status.label == "Up to date"
        history = integrator.get(page("endpoint-settings", pool)).context["history"]
        assert [(each["what"], each["note"]) for each in history] == [
            ("Resumed", "It is open"),
            ("Suspended", "New firewall"),
        ]

    def test_a_third_party_does_not_read_the_names_of_the_utilitys_people(
        self, integrator, pool, olivia
    ):
        suspend_endpoint(endpoint=pool, by=olivia, at=timezone.now(), reason="A flood of errors")
        [entry] = integrator.get(page("endpoint-settings", pool)).context["history"]
        assert entry["who"] == "The utility"


class TestStopping:
    def test_it_is_stopped_with_a_reason_and_started_again_after_a_test(self, integrator, pool):
        url = page("endpoint-stop", pool)
        delivered(der_message(pool))
        assert url in integrator.get(page("endpoint-settings", pool)).content.decode()
        assert integrator.post(url, {"reason": " "}).status_code == 400
        assert integrator.post(url, {"reason": "Replaced"}).status_code == 302
        pool.refresh_from_db()
        assert not pool.is_active
        shown = integrator.get(page("endpoint", pool))
        assert shown.context["card"].status.label == "Stopped"
        assert "then it is told of every DER in service" in shown.content.decode()
        again = integrator.post(url, {"reason": "Twice"})
        assert "stopped already" in str(again.context["form"].errors)
        integrator.post(page("endpoint-start", pool))
        pool.refresh_from_db()
        assert not pool.is_active, "no test message was answered"
        with receiving(Receiver()) as receiver:
            Endpoint.objects.filter(pk=pool.pk).update(url=receiver.url)
            integrator.post(page("endpoint-test", pool))
            integrator.post(page("endpoint-start", pool))
        pool.refresh_from_db()
        assert pool.is_active
        history = integrator.get(page("endpoint-settings", pool)).context["history"]
        assert [each["what"] for each in history] == ["Started", "Stopped"]

    def test_a_foreign_endpoint_is_not_stopped(self, integrator):
        foreign = make_endpoint()
        assert integrator.post(page("endpoint-stop", foreign), {"reason": "x"}).status_code == 404
        foreign.refresh_from_db()
        assert foreign.is_active


class TestErrors:
    """A third party reads that an address is not public; which one it is, only staff."""

    def test_which_address_a_name_led_to_is_for_staff(self, integrator, pool, olivia):
        message = failed(der_message(pool))
        error = "not connected: 10.1.2.3 is not a public address, and X lacks it"
        message.attempts.update(error=error)
        OutboundMessage.objects.update(last_error=error)
        staff, where = Client(), [page("endpoint", pool), page("endpoint", pool) + "?state=dead"]
        staff.force_login(olivia)
        where.append(reverse("messages:message", args=[message.message_id]))
        for url in (*where, "/messages/"):
            text = integrator.get(url).content.decode()
            assert "10.1.2.3" not in text
            assert "not connected: the address is not public" in text
            assert "10.1.2.3" in staff.get(url).content.decode()

    @pytest.mark.parametrize("address", ["10.1.2.3", "fd00::17", "::1", "[fd00:1:2::3]"])
    def test_an_address_in_another_error_is_left_out(self, integrator, pool, address):
        message = failed(der_message(pool))
        message.attempts.update(error=f"Connect call failed ('{address}', 8443)")
        url = reverse("messages:message", args=[message.message_id])
        text = unescape(integrator.get(url).content.decode())
        assert "Connect call failed ('(address)', 8443)" in text


class TestSkipping:
    def page_of(self, client, message):
        return client.get(reverse("messages:message", args=[message.message_id])).content.decode()

    def test_a_failed_message_is_skipped_with_a_reason_and_the_next_goes_on(self, integrator, pool):
        first = failed(der_message(pool))
        der_message(pool, first.object_mrid, version=2)
        url = reverse("messages:skip", args=[first.message_id])
        assert url in self.page_of(integrator, first)
        assert integrator.post(url, {"reason": ""}).status_code == 400
        assert integrator.post(url, {"reason": "Known by phone"}).status_code == 302
        first.refresh_from_db()
        assert first.state == "skipped"
        rows = integrator.get(page("endpoint", pool)).context["rows"]
        assert rows[0].status.note == "next attempt now"

    def test_a_delivered_message_cannot_be_skipped(self, integrator, pool):
        message = delivered(der_message(pool))
        url = reverse("messages:skip", args=[message.message_id])
        assert url not in self.page_of(integrator, message)
        response = integrator.post(url, {"reason": "x"})
        assert "A delivered message cannot be skipped" in str(response.context["form"].errors)

    def test_a_foreign_message_does_not_exist(self, integrator):
        message = failed(der_message(make_endpoint()))
        url = reverse("messages:skip", args=[message.message_id])
        assert integrator.post(url, {"reason": "x"}).status_code == 404
        message.refresh_from_db()
        assert message.state == "dead"


class TestRecovering:
    def at(self, when):
        return timezone.localtime(when).strftime("%Y-%m-%dT%H:%M")

    def test_it_asks_with_the_number_and_then_sends_all_that_failed_since(self, integrator, pool):
        old, *new = (failed(der_message(pool)) for _ in range(4))
        delivered(der_message(pool))
        now = timezone.now()
        OutboundMessage.objects.filter(pk=old.pk).update(created_at=now - timedelta(days=2))
        url = page("endpoint-recover", pool)
        since = self.at(now - timedelta(hours=1))
        asked = integrator.get(f"{url}?{urlencode({'since': since})}")
        assert asked.context["act"]["button"] == "Send 3 messages again"
        moment = asked.context["form"]["since"].value()
        assert integrator.post(url, {"since": moment, "reason": ""}).status_code == 400
        response = integrator.post(url, {"since": moment, "reason": "The firewall is open"})
        assert said(response) == ["3 messages go to GridPool DERMS again."]
        states = dict(OutboundMessage.objects.values_list("pk", "state"))
        assert {states[each.pk] for each in new} == {"pending"}
        assert states[old.pk] == "dead"

    @pytest.mark.parametrize("since", ["", "yesterday", "2026-13-01T00:00"])
    def test_a_time_that_is_no_time_is_said_at_the_field(self, integrator, pool, since):
        response = integrator.get(f"{page('endpoint-recover', pool)}?{urlencode({'since': since})}")
        assert "since" in response.context["form"].errors

    def test_without_failures_there_is_nothing_to_confirm(self, integrator, pool):
        since = self.at(timezone.now())
        response = integrator.get(f"{page('endpoint-recover', pool)}?since={since}")
        assert "has failed" in response.context["act"]["text"]
        assert response.context["act"]["method"] == "get"


class TestReceived:
    def test_a_message_its_verdict_and_our_answer_are_on_one_page(self, integrator, pool):
        message = unreadable(pool, b"<a><script>alert(1)</script>")
        response = integrator.get(reverse("messages:received", args=[message.pk]))
        text = response.content.decode()
        assert "FaultMessage" in text
        assert "no end tag" in text
        assert response.context["verdict"].findings
        assert "<script>alert" not in text

    def test_a_third_party_reads_its_own_and_no_others(self, integrator, pool):
        own, foreign = unreadable(pool), unreadable(make_endpoint("Valley DERMS"))
        listed = [each for each, _ in integrator.get("/messages/received/").context["rows"]]
        assert listed == [own]
        assert integrator.get(reverse("messages:received", args=[foreign.pk])).status_code == 404
        other = integrator.get(f"/messages/received/?endpoint={foreign.endpoint.mrid}")
        assert foreign not in [each for each, _ in other.context["rows"]]

    def test_the_filters_are_in_the_url_and_pages_go_by_key(self, integrator, pool):
        for _ in range(53):
            unreadable(pool)
        url = page("endpoint-inbox", pool)
        first = integrator.get(url)
        second = integrator.get(url + first.context["next_url"])
        assert (len(first.context["rows"]), len(second.context["rows"])) == (50, 3)
        assert integrator.get(f"{url}?state=applied").context["rows"] == []
        assert len(integrator.get(f"{url}?state=rejected").context["rows"]) == 50
        part = integrator.get(url, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part
        assert 'id="rows"' in part

    @pytest.mark.parametrize("query", ["state=x", f"noun={'n' * 61}", "object=%00", "before=x"])
    def test_what_is_no_filter_is_left_out(self, integrator, pool, query):
        message = unreadable(pool)
        rows = integrator.get(f"/messages/received/?{query}").context["rows"]
        assert [each for each, _ in rows] == [message]

    def test_one_object_or_message_is_found(self, pool):
        message = unreadable(pool)
        InboundMessage.objects.filter(pk=message.pk).update(object_mrid="GR-1", message_id="M-1")
        for text, count in (("GR-1", 1), ("M-1", 1), ("GR-2", 0)):
            assert len(inbox(wanted=InboxFilter(object=text))) == count


class TestList:
    def test_each_endpoint_with_its_figures(self, integrator, pool):
        for _ in range(2):
            delivered(der_message(pool))
        yesterday = delivered(der_message(pool))
        OutboundMessage.objects.filter(pk=yesterday.pk).update(
            finished_at=timezone.now() - timedelta(days=1, hours=1)
        )
        failed(der_message(pool))
        retrying(der_message(pool))
        [card] = integrator.get(ENDPOINTS).context["cards"]
        health = card.health
        figures = (health.delivered_count, health.pending_count, health.dead_count)
        assert figures == (2, 1, 1)

    def test_a_certificate_that_ends_soon_stands_out(self, integrator, pool):
        for days, is_ending in ((400, False), (12, True), (-1, True)):
            pool.certificate_expires_at = timezone.now() + timedelta(days=days)
            pool.save(update_fields=["certificate_expires_at"])
            [card] = integrator.get(ENDPOINTS).context["cards"]
            assert card.is_certificate_ending == is_ending

    def test_empty_it_says_how_to_begin(self, integrator):
        assert "Create an endpoint" in integrator.get(ENDPOINTS).content.decode()


@pytest.mark.parametrize(
    ("name", "most"),
    [("endpoint", 10), ("endpoint-inbox", 9), ("endpoint-setup", 9), ("endpoint-settings", 9),
     ("endpoint-guide", 8), ("endpoint-secret", 8), ("endpoint-recover", 8)],
)  # fmt: skip
def test_the_queries_of_a_page_do_not_grow(integrator, pool, name, most):
    counts = []
    for many in (1, 20):
        for _ in range(many):
            failed(der_message(pool))
            unreadable(pool)
        with CaptureQueriesContext(connection) as queries:
            assert integrator.get(page(name, pool)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= most


@pytest.mark.parametrize(("url", "most"), [(ENDPOINTS, 7), ("/messages/received/", 8)])
def test_the_queries_of_a_list_do_not_grow(integrator, pool, gridpool, url, most):
    counts = []
    for number in (1, 8):
        for each in range(number):
            unreadable(make_third_party(f"{number} {each}", owner=gridpool.mrid))
        with CaptureQueriesContext(connection) as queries:
            assert integrator.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= most
