"""Who sees what of the message log, and who may send again."""

from uuid import uuid4

import pytest
from celery import current_app
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.urls import reverse

from exchange.models import OutboundMessage, ResendRequest
from tests.factories import make_provider, make_user

from .factories import make_endpoint, make_third_party
from .log_examples import delivered, der_message, failed

pytestmark = pytest.mark.django_db
LOG = "/messages/"


@pytest.fixture(autouse=True)
def _no_bells(monkeypatch):
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def theirs(gridpool):
    """A failed message to GridPool's DERMS."""
    return failed(der_message(make_third_party("GridPool DERMS", owner=gridpool.mrid)))


@pytest.fixture
def ours(db):
    """A failed message to the utility's own DERMS."""
    return failed(der_message(make_endpoint("Valley DERMS")))


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def addresses(message):
    return [
        reverse("messages:message", args=[message.message_id]),
        reverse("messages:download", args=[message.message_id]),
        reverse("messages:endpoint", args=[message.endpoint.mrid]),
    ]


def statuses(user, *messages):
    client = signed_in(user)
    return {client.get(url).status_code for each in messages for url in addresses(each)}


def test_anonymous_people_sign_in_first(client, theirs):
    for url in [LOG, *addresses(theirs)]:
        response = client.get(url)
        assert response.status_code == 302
        assert response.url.startswith("/accounts/login/")
    assert client.post(reverse("messages:resend", args=[theirs.message_id])).status_code == 302


def test_an_open_page_reloads_when_its_session_has_ended(client, theirs):
    for url in (LOG, addresses(theirs)[0]):
        response = client.get(url, headers={"HX-Request": "true"})
        assert (response.content, response["HX-Refresh"]) == (b"", "true")


def test_a_browser_keeps_page_and_part_apart(olivia, theirs):
    for url in (LOG, addresses(theirs)[0]):
        assert "HX-Request" in signed_in(olivia).get(url)["Vary"]


@pytest.mark.parametrize("person", ["maria", "ivan", "erik", "frank"])
def test_for_everybody_without_the_permission_the_log_does_not_exist(request, person, ours, theirs):
    user = request.getfixturevalue(person)
    client = signed_in(user)
    assert client.get(LOG).status_code == 404
    assert statuses(user, ours, theirs) == {404}
    for each in (ours, theirs):
        assert client.post(f"{addresses(each)[0]}resend/").status_code == 404


@pytest.mark.parametrize("person", ["susan", "olivia", "ada"])
def test_staff_with_the_permission_read_everything(request, person, ours, theirs):
    user = request.getfixturevalue(person)
    response = signed_in(user).get(LOG)
    assert {row.message.pk for row in response.context["rows"]} == {ours.pk, theirs.pk}
    assert statuses(user, ours, theirs) == {200}


class TestThirdParty:
    def test_it_reads_its_own_endpoints_part(self, tara, ours, theirs):
        response = signed_in(tara).get(LOG)
        assert [row.message.pk for row in response.context["rows"]] == [theirs.pk]
        assert [card.health.endpoint for card in response.context["cards"]] == [theirs.endpoint]
        page = response.content.decode()
        assert "Valley DERMS" not in page
        assert statuses(tara, theirs) == {200}
        assert statuses(tara, ours) == {404}

    def test_a_foreign_message_answers_as_an_absent_one(self, tara, ours):
        client = signed_in(tara)
        foreign = client.get(addresses(ours)[0])
        absent = client.get(f"{LOG}{uuid4()}/")
        assert foreign.status_code == absent.status_code == 404
        assert foreign.content == absent.content

    @pytest.mark.parametrize("name", ["endpoint", "object", "message_id"])
    def test_no_filter_reaches_a_foreign_message(self, tara, ours, theirs, name):
        value = {
            "endpoint": ours.endpoint.mrid,
            "object": ours.object_mrid,
            "message_id": ours.message_id,
        }[name]
        field = "object" if name == "message_id" else name
        response = signed_in(tara).get(LOG, {field: str(value)})
        assert response.status_code == 200
        assert ours.pk not in {row.message.pk for row in response.context["rows"]}
        assert "Valley DERMS" not in response.content.decode()

    def test_a_key_of_a_foreign_message_shows_only_its_own(self, tara, ours, theirs):
        response = signed_in(tara).get(LOG, {"before": str(max(ours.pk, theirs.pk) + 1)})
        assert [row.message.pk for row in response.context["rows"]] == [theirs.pk]

    def test_another_third_party_sees_nothing(self, theirs):
        rival = make_provider("Rival Pool", "third_party")
        user = make_user("rob@rival.example", "Rob Rival", "third_party", provider=rival)
        response = signed_in(user).get(LOG)
        assert response.context["rows"] == []
        assert "Your DERMS is not registered yet" in response.content.decode()
        assert statuses(user, theirs) == {404}

    def test_without_a_company_there_is_no_log(self, theirs):
        user = make_user("tom@nowhere.example", "Tom Nowhere", "third_party")
        assert signed_in(user).get(LOG).status_code == 404

    def test_it_does_not_read_the_names_of_the_utilitys_people(self, tara, olivia, theirs):
        signed_in(olivia).post(f"{addresses(theirs)[0]}resend/")
        assert "Olivia Okafor" in signed_in(olivia).get(addresses(theirs)[0]).content.decode()
        page = signed_in(tara).get(addresses(theirs)[0]).content.decode()
        assert "Olivia" not in page
        assert "Resends asked for" in page


class TestResend:
    def url(self, message):
        return reverse("messages:resend", args=[message.message_id])

    @pytest.mark.parametrize("make", [failed, delivered])
    def test_operations_sends_again_and_it_is_on_record(self, olivia, make):
        message = make(der_message(make_endpoint()))
        response = signed_in(olivia).post(self.url(message))
        assert response.url == addresses(message)[0]
        message.refresh_from_db()
        assert message.state == "pending"
        asked = ResendRequest.objects.get()
        assert (asked.message, asked.by) == (message, olivia)
        page = signed_in(olivia).get(response.url).content.decode()
        assert "Olivia Okafor" in page

    def test_what_waits_already_is_refused_in_words(self, olivia):
        message = der_message(make_endpoint())
        response = signed_in(olivia).post(self.url(message))
        said = [str(each) for each in get_messages(response.wsgi_request)]
        assert said == ["This message is already waiting to be sent. Nothing was changed."]
        assert not ResendRequest.objects.exists()

    def test_who_only_reads_has_no_button_and_gets_404(self, susan, ours):
        client = signed_in(susan)
        assert "resend-dialog" not in client.get(addresses(ours)[0]).content.decode()
        assert client.post(self.url(ours)).status_code == 404
        ours.refresh_from_db()
        assert ours.state == "dead"

    def test_a_third_party_resends_its_own_messages_and_no_others(self, tara, theirs, ours):
        assert signed_in(tara).post(self.url(theirs)).status_code == 302
        assert signed_in(tara).post(self.url(ours)).status_code == 404
        ours.refresh_from_db()
        assert ours.state == "dead"

    def test_a_third_party_without_the_permission_gets_404(self, tara, theirs):
        tara.groups.clear()
        assert signed_in(tara).post(self.url(theirs)).status_code == 404

    def test_a_get_sends_nothing(self, olivia, ours):
        assert signed_in(olivia).get(self.url(ours)).status_code == 405
        ours.refresh_from_db()
        assert ours.state == "dead"

    def test_it_needs_the_csrf_token(self, olivia, ours):
        client = Client(enforce_csrf_checks=True)
        client.force_login(olivia)
        assert client.post(self.url(ours)).status_code == 403


@pytest.mark.locking
@pytest.mark.django_db(transaction=True)
def test_eight_people_resend_at_once_and_it_is_sent_once(olivia, run_at_once):
    message = failed(der_message(make_endpoint()))
    clients = [signed_in(olivia) for _ in range(8)]
    url = reverse("messages:resend", args=[message.message_id])
    responses = run_at_once([lambda each=each: each.post(url) for each in clients])
    assert [each.status_code for each in responses] == [302] * 8
    said = [str(note) for each in responses for note in get_messages(each.wsgi_request)]
    assert sum("goes to" in each for each in said) == 1
    assert sum("already waiting" in each for each in said) == 7
    assert ResendRequest.objects.count() == 1
    assert OutboundMessage.objects.get(pk=message.pk).state == "pending"


@pytest.fixture
def run_at_once():
    """Run functions in as many threads, each with its own connection."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    def run(functions):
        barrier = Barrier(len(functions))

        def work(function):
            barrier.wait()
            try:
                return function()
            finally:
                connection.close()

        with ThreadPoolExecutor(len(functions)) as pool:
            return list(pool.map(work, functions))

    return run
