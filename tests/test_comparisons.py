"""The console's comparisons: what is different is shown, and sent once when somebody asks."""

from uuid import uuid4

import pytest
from celery import current_app
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrollment.tasks import send_differences
from exchange.selectors import MessageFilter, message_log, reconciliations_of
from exchange.services import compare_with_list
from exchange.tests.factories import make_endpoint, make_third_party

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_bells(monkeypatch):
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def page(name, endpoint, *more):
    return reverse(name, args=[endpoint.mrid, *more])


def compared(endpoint, count=0):
    """The DERMS says that it knows so many DER of which we know nothing."""
    known = {uuid4(): 1 for _ in range(count)}
    return compare_with_list(endpoint=endpoint, known=known, at=timezone.now())


def told(endpoint):
    return message_log(wanted=MessageFilter(endpoint_mrid=endpoint.mrid))


def test_what_the_derms_does_not_know_is_sent_once(journey, olivia):
    endpoint = make_endpoint()
    journey("permission_to_operate")
    before = len(told(endpoint))
    found = compared(endpoint)
    client = signed_in(olivia)
    shown = client.get(page("endpoint-comparison", endpoint, found.pk))
    assert shown.context["progress"].to_send == 1
    assert [each.kind for each in shown.context["page"]] == ["missing"]
    assert "Send what is different" in shown.content.decode()
    client.post(page("endpoint-resync", endpoint, found.pk))
    assert len(told(endpoint)) == before
    under_way = client.get(page("endpoint-comparison", endpoint, found.pk)).content.decode()
    assert "0 of 1" in under_way
    assert 'hx-trigger="every 2s"' in under_way
    send_differences()
    assert len(told(endpoint)) > before
    after = client.get(page("endpoint-comparison", endpoint, found.pk)).content.decode()
    assert "Send what is different" not in after
    assert "hx-trigger" not in after.partition('id="resync"')[2]
    assert "1 of 1" in after
    assert "Olivia Okafor" in after
    sent = len(told(endpoint))
    client.post(page("endpoint-resync", endpoint, found.pk))
    send_differences()
    assert len(told(endpoint)) == sent


def test_what_cannot_be_sent_is_said(olivia):
    endpoint = make_endpoint()
    found = compared(endpoint, 2)
    response = signed_in(olivia).post(page("endpoint-resync", endpoint, found.pk))
    [said] = get_messages(response.wsgi_request)
    assert "nothing that could be sent" in str(said)


def test_what_it_should_not_know_is_shown_page_by_page_and_not_sent(olivia):
    endpoint = make_endpoint()
    found = compared(endpoint, 150)
    client = signed_in(olivia)
    first = client.get(page("endpoint-comparison", endpoint, found.pk))
    second = client.get(page("endpoint-comparison", endpoint, found.pk) + "?page=2")
    seen = [each.object_mrid for shown in (first, second) for each in shown.context["page"]]
    assert (len(seen), len(set(seen))) == (150, 150)
    assert first.context["progress"].to_send == 0
    assert "Send what is different" not in first.content.decode()


def test_an_integrator_compares_their_own_endpoint_now(tara, gridpool):
    endpoint = make_third_party("GridPool DERMS", owner=gridpool.mrid)
    client = signed_in(tara)
    assert (
        "No comparison yet" in client.get(page("endpoint-comparisons", endpoint)).content.decode()
    )
    response = client.post(page("endpoint-compare", endpoint))
    [made] = reconciliations_of(endpoint)
    assert response.url == page("endpoint-comparison", endpoint, made.pk)
    assert "knows everything it may read" in client.get(response.url).content.decode()


def test_a_foreign_comparison_does_not_exist(tara, gridpool):
    own = make_third_party("GridPool DERMS", owner=gridpool.mrid)
    foreign = make_third_party("Rival DERMS")
    found = compared(foreign, 3)
    client = signed_in(tara)
    assert client.get(page("endpoint-comparisons", foreign)).status_code == 404
    assert client.post(page("endpoint-compare", foreign)).status_code == 404
    for endpoint in (foreign, own):
        assert client.get(page("endpoint-comparison", endpoint, found.pk)).status_code == 404
        assert client.post(page("endpoint-resync", endpoint, found.pk)).status_code == 404
    found.refresh_from_db()
    assert found.resynced_at is None


def test_who_only_reads_sends_nothing(susan):
    endpoint = make_endpoint()
    found = compared(endpoint, 1)
    client = signed_in(susan)
    assert client.get(page("endpoint-comparison", endpoint, found.pk)).status_code == 200
    assert client.post(page("endpoint-resync", endpoint, found.pk)).status_code == 404
    assert client.post(page("endpoint-compare", endpoint)).status_code == 404


def test_the_queries_do_not_grow(olivia):
    endpoint = make_endpoint()
    client, counts = signed_in(olivia), []
    for count in (2, 90):
        found = compared(endpoint, count)
        with CaptureQueriesContext(connection) as queries:
            client.get(page("endpoint-comparison", endpoint, found.pk))
            client.get(page("endpoint-comparisons", endpoint))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 18
