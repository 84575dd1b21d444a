"""The message log's pages: what they show, filters, pages, and a bounded number of queries."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from celery import current_app
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exchange.models import DeliveryLease, OutboundMessage
from exchange.selectors import message_detail
from exchange.services import resend
from exchange.views.paging import PAGE_SIZE

from .factories import make_endpoint, send
from .log_examples import add_attempt, delivered, der_message, failed, retrying

pytestmark = pytest.mark.django_db
LOG = "/messages/"
HOSTILE = b"no XML & <script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _no_bells(monkeypatch):
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def endpoint(db):
    return make_endpoint("Valley DERMS", context="TESTING")


@pytest.fixture
def staff(client, olivia):
    client.force_login(olivia)
    return client


def page_of(message):
    return reverse("messages:message", args=[message.message_id])


def text(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def shown(response):
    return [row.message.sequence for row in response.context["rows"]]


class TestLog:
    def test_it_lists_messages_newest_first_with_state_and_answer(self, staff, endpoint):
        delivered(der_message(endpoint))
        failed(der_message(endpoint))
        retrying(der_message(endpoint))
        response = staff.get(LOG)
        assert shown(response) == [3, 2, 1]
        labels = [row.status.label for row in response.context["rows"]]
        assert labels == ["Pending", "Failed", "Delivered"]
        page = text(response)
        assert "created EndDeviceConfig" in page
        assert "next attempt" in page
        assert "No answer" in page

    def test_the_filters_are_in_the_url(self, staff, endpoint):
        other = make_endpoint("Other DERMS")
        mine = delivered(der_message(endpoint))
        failed(der_message(other))
        for query, wanted in (
            (f"?endpoint={endpoint.mrid}", [mine.sequence]),
            ("?state=delivered", [mine.sequence]),
            (f"?object={mine.object_mrid}", [mine.sequence]),
            ("?noun=EndDeviceConfig", [1, 1]),
            ("?noun=MasterDataLinkageConfig", []),
            (f"?endpoint={endpoint.mrid}&state=dead", []),
        ):
            assert shown(staff.get(LOG + query)) == wanted, query

    def test_each_filter_that_is_on_can_be_taken_off(self, staff, endpoint):
        response = staff.get(f"{LOG}?endpoint={endpoint.mrid}&state=dead")
        chips = {chip["label"]: chip["url"] for chip in response.context["chips"]}
        assert chips == {
            "Endpoint: Valley DERMS": "?state=dead",
            "State: Failed": f"?endpoint={endpoint.mrid}",
        }
        assert "Nothing matches" in text(response)

    def test_a_message_id_in_the_search_leads_to_the_message(self, staff, endpoint):
        message = der_message(endpoint)
        response = staff.get(LOG, {"object": str(message.message_id)})
        assert response.url == page_of(message)

    @pytest.mark.parametrize(
        "query",
        ["state=nonsense", "endpoint=x", "noun=%00", "object=%D9%A1", f"endpoint={UUID(int=1)}"],
    )
    def test_a_filter_that_is_no_filter_is_said_and_left_out(self, staff, endpoint, query):
        send(endpoint)
        response = staff.get(f"{LOG}?{query}")
        assert shown(response) == [1]
        assert "There is a problem" in text(response)

    @pytest.mark.parametrize("key", ["", "x", "-1", "9" * 30, "٣", "%00", "1.5"])
    def test_a_key_that_is_no_key_shows_the_newest(self, staff, endpoint, key):
        send(endpoint)
        assert shown(staff.get(f"{LOG}?before={key}")) == [1]

    def test_pages_by_key_show_every_message_once_while_more_arrive(self, staff, endpoint):
        for _ in range(PAGE_SIZE + 3):
            send(endpoint)
        first = staff.get(LOG)
        send(endpoint)
        second = staff.get(LOG + first.context["next_url"])
        assert shown(first) + shown(second) == list(range(PAGE_SIZE + 3, 0, -1))
        assert second.context["next_url"] == ""
        assert not second.context["is_live"]

    def test_htmx_gets_the_moving_parts_alone(self, staff, endpoint):
        send(endpoint)
        part = text(staff.get(LOG, headers={"HX-Request": "true"}))
        assert "<html" not in part
        for name in ("strip", "rows", "nothing", "freshness"):
            assert f'id="{name}"' in part
        assert "hx-get" in part
        paused = text(staff.get(LOG, {"live": "off"}))
        assert "hx-get" not in paused
        assert "Resume updates" in paused

    def test_the_strip_says_how_each_endpoint_is_doing(self, staff, endpoint):
        def label():
            return staff.get(LOG).context["cards"][0].status.label

        assert label() == "Up to date"
        message = send(endpoint)
        assert label() == "Delivering"
        OutboundMessage.objects.update(due_at=timezone.now() - timedelta(minutes=5))
        assert label() == "Late"
        assert staff.get(LOG).context["cards"][0].oldest_age == "5\xa0minutes"
        message.refresh_from_db()
        failed(message)
        assert label() == "Has failures"
        DeliveryLease.objects.update(not_before=timezone.now() + timedelta(minutes=1))
        assert label() == "Not answering"
        endpoint.is_active = False
        endpoint.save(update_fields=["is_active"])
        assert label() == "Stopped"

    def test_of_many_endpoints_the_ones_in_trouble_are_on_top(self, staff, endpoint):
        for number in range(14):
            make_endpoint(f"A {number}")
        failed(der_message(endpoint))
        response = staff.get(LOG)
        assert response.context["cards"][0].health.endpoint == endpoint
        assert response.context["hidden_card_count"] == 3

    def test_a_message_behind_a_failed_one_says_so(self, staff, endpoint):
        first = der_message(endpoint)
        der_message(endpoint, first.object_mrid, version=2)
        failed(first)
        assert "behind a failed message" in text(staff.get(LOG))

    def test_without_endpoint_or_message_it_says_why_it_is_empty(self, staff):
        assert "No endpoint yet" in text(staff.get(LOG))
        make_endpoint()
        assert "No messages yet" in text(staff.get(LOG))
        assert "No older messages" in text(staff.get(LOG, {"before": "1"}))


class TestMessage:
    def test_envelope_payload_verdict_and_attempts_are_on_the_page(self, staff, endpoint):
        message = failed(der_message(endpoint))
        page = text(staff.get(page_of(message)))
        for said in (
            str(message.message_id),
            str(message.correlation_id),
            str(message.object_mrid),
            "derportal",
            "TESTING",
            message.sha256,
            'activePowerExportLimit</span><span class="text-secondary"> unit=',
            'Valid against <a href="/messages/schemas/EndDeviceConfigMessage.xsd">',
            "10.00 s",
            "503",
            "no complete answer in time",
            "the transformer is unknown",
        ):
            assert said in page, said
        assert 'role="button" data-dialog>Resend' in page

    @pytest.mark.parametrize(
        "change", [lambda body: body.replace(b"<mRID>", b"<oops/><mRID>", 1), lambda _: HOSTILE]
    )
    def test_bytes_that_do_not_fit_the_schema_are_said_to_be_so(
        self, staff, endpoint, monkeypatch, change
    ):
        message = der_message(endpoint)
        stored = message_detail(message_id=message.message_id)
        stored.body = change(bytes(stored.body))
        monkeypatch.setattr("exchange.selectors.message_detail", lambda **_: stored)
        page = text(staff.get(page_of(message)))
        assert "Not valid against" in page
        assert "<script>alert" not in page

    def test_a_hostile_answer_is_shown_as_text(self, staff, endpoint):
        message = der_message(endpoint)
        hostile = '<a b="&quot;&gt;"><script>alert(1)</script></a>'
        add_attempt(message, http_status=200, error="<b>no</b>", response=hostile)
        page = staff.get(page_of(message)).content.decode()
        assert "<script>alert" not in page
        assert "<b>no</b>" not in page

    def test_a_pending_message_says_when_it_is_tried_and_updates_itself(self, staff, endpoint):
        message = retrying(der_message(endpoint))
        page = text(staff.get(page_of(message)))
        assert "next attempt <time" in page
        assert "hx-get" in page
        assert "Resend" not in page
        delivered(message)
        part = text(staff.get(page_of(message), headers={"HX-Request": "true"}))
        assert "hx-get" not in part
        assert "Delivered" in part
        assert "Resend" in part

    def test_of_very_many_attempts_the_latest_are_shown(self, staff, endpoint):
        message = der_message(endpoint)
        for _ in range(25):
            add_attempt(message, error="HTTP status 503", http_status=503)
        response = staff.get(page_of(message))
        numbers = [each["facts"].number for each in response.context["attempts"]]
        assert numbers == list(range(25, 5, -1))
        assert "The latest 20 of 25 attempts." in text(response)

    def test_earlier_messages_of_the_object_are_a_click_away(self, staff, endpoint):
        first = delivered(der_message(endpoint))
        second = der_message(endpoint, first.object_mrid, version=2)
        assert page_of(first) in text(staff.get(page_of(second)))

    def test_the_download_is_the_bytes_that_are_sent(self, staff, endpoint):
        message = der_message(endpoint)
        response = staff.get(page_of(message) + "body/")
        assert response.content == bytes(message.body)
        assert f'filename="{message.message_id}.xml"' in response["Content-Disposition"]

    def test_an_unknown_message_is_404(self, staff):
        assert staff.get(f"{LOG}{uuid4()}/").status_code == 404


class TestEndpoint:
    def test_it_shows_its_deliveries_and_no_others(self, staff, endpoint):
        delivered(der_message(endpoint))
        failed(der_message(make_endpoint("Other DERMS")))
        response = staff.get(f"{LOG}endpoints/{endpoint.mrid}/")
        assert [row.message.endpoint for row in response.context["rows"]] == [endpoint]
        assert "created EndDeviceConfig" in text(response)

    def test_its_settings_show_the_facts(self, staff):
        feeder = uuid4()
        whole, part = make_endpoint("A"), make_endpoint("B", feeder_mrids=[feeder])
        page = text(staff.get(f"{LOG}endpoints/{whole.mrid}/settings/"))
        for said in (whole.url, str(whole.mrid), "The whole territory"):
            assert said in page, said
        assert str(feeder) in text(staff.get(f"{LOG}endpoints/{part.mrid}/settings/"))

    def test_its_guide_says_how_to_verify(self, staff, endpoint):
        page = text(staff.get(f"{LOG}endpoints/{endpoint.mrid}/guide/"))
        for said in (
            "webhook-signature",
            "/messages/schemas/EndDeviceConfigMessage.xsd",
            "/api/docs/",
        ):
            assert said in page, said

    def test_an_unknown_endpoint_is_404(self, staff):
        assert staff.get(f"{LOG}endpoints/{uuid4()}/").status_code == 404


class TestQueries:
    """The number of queries does not grow with the number of messages."""

    def counts(self, staff, endpoint, path):
        counted = []
        for count in (3, 97):
            for _ in range(count):
                failed(der_message(endpoint))
            staff.get(path)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert staff.get(path).status_code == 200
            counted.append(len(queries))
        return counted

    def test_of_the_log(self, staff, endpoint):
        few, many = self.counts(staff, endpoint, LOG)
        assert few == many <= 9

    def test_of_an_endpoint(self, staff, endpoint):
        few, many = self.counts(staff, endpoint, f"{LOG}endpoints/{endpoint.mrid}/")
        assert few == many <= 10

    def test_of_a_message(self, staff, endpoint, olivia):
        message = failed(der_message(endpoint))
        resend(message=message, by=olivia, at=timezone.now())
        few, many = self.counts(staff, endpoint, page_of(message))
        assert few == many <= 12
