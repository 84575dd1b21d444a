"""The endpoint console: creating, testing and starting an endpoint; its secrets."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from aiohttp import web
from celery import current_app
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from standardwebhooks import Webhook

from exchange.models import DeliveryDecision, Endpoint, EndpointCheck, OutboundMessage
from exchange.services import EndpointRefused, checks, create_endpoint, signing_secrets
from registry.models import Feeder

from .factories import make_endpoint, make_third_party
from .receiver import Receiver, failed, receiving

pytestmark = pytest.mark.django_db
ENDPOINTS = "/messages/endpoints/"


@pytest.fixture(autouse=True)
def _no_bells(monkeypatch):
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def receiver():
    with receiving(Receiver()) as running:
        yield running


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def page(name, endpoint):
    return reverse(f"messages:{name}", args=[endpoint.mrid])


def said(response):
    return [str(each) for each in get_messages(response.wsgi_request)]


def new(user, **facts):
    return signed_in(user).post(
        f"{ENDPOINTS}new/", {"name": "Pool", "context": "PRODUCTION", **facts}
    )


class TestCreating:
    @pytest.mark.parametrize("name", ["A\nB", "A\rB", "A\u202eB", "A\u2028B"])
    def test_its_name_is_one_line_with_nothing_hidden(self, tara, name):
        """It stands in the subjects of e-mails, which a line break would stop."""
        answer = new(tara, url="http://127.0.0.1:9/derms", name=name)
        assert answer.status_code == 400
        assert b"on one line" in answer.content
        assert not Endpoint.objects.exists()

    @pytest.mark.parametrize("context", ["TESTING", ""])
    def test_it_is_for_operation_or_for_tests(self, tara, context):
        answer = new(tara, url="http://127.0.0.1:9/derms", context=context)
        if context:
            assert Endpoint.objects.get().context == context
        else:
            assert answer.status_code == 400
            assert b"Choose operation or tests." in answer.content

    def test_an_integrator_gets_an_endpoint_of_their_company_that_is_not_started(
        self, tara, gridpool
    ):
        response = new(tara, url="http://127.0.0.1:9/cim")
        endpoint = Endpoint.objects.get()
        assert endpoint.owner_mrid == gridpool.mrid
        assert (endpoint.kind, endpoint.is_active) == ("third_party_derms", False)
        [secret] = signing_secrets(endpoint=endpoint)
        assert secret in response.content.decode()
        assert "no-store" in response["Cache-Control"]
        assert (
            secret not in signed_in(tara).get(page("endpoint-settings", endpoint)).content.decode()
        )

    def test_an_integrator_cannot_make_one_of_somebody_else(self, tara, gridpool):
        new(tara, url="http://127.0.0.1:9/cim", owner_mrid=str(uuid4()), kind="dso_derms")
        assert Endpoint.objects.get().owner_mrid == gridpool.mrid

    def test_a_taken_name_is_refused_at_the_field_and_the_other_endpoint_stays(self, tara):
        other = make_endpoint("Pool", url="http://127.0.0.1:9/other")
        response = new(tara, url="http://127.0.0.1:9/mine")
        assert response.status_code == 400
        assert "name" in response.context["form"].errors
        assert Endpoint.objects.get().url == other.url

    def test_the_guards_finding_stands_at_the_address(self, tara, settings):
        settings.DERMS_ENDPOINT_ALLOWED_NETWORKS = []
        response = new(tara, url="http://10.0.0.1/cim")
        assert response.status_code == 400
        assert "10.0.0.1 is not a public address" in str(response.context["form"].errors["url"])
        assert not Endpoint.objects.exists()

    def test_staff_say_whose_it_is(self, ada, gridpool):
        shown = signed_in(ada).get(f"{ENDPOINTS}new/").content.decode()
        assert '<option value="GridPool"></option>' in shown
        new(ada, url="http://127.0.0.1:9/c", kind="third_party_derms", owner=" gridpool ")
        assert Endpoint.objects.get().owner_mrid == gridpool.mrid

    @pytest.mark.parametrize(
        ("field", "said", "facts"),
        [
            ("owner", "Choose the third party", {"kind": "third_party_derms"}),
            ("owner", "called “Nobody”", {"kind": "third_party_derms", "owner": "Nobody"}),
            ("owner", "Only a third party", {"kind": "dso_derms", "owner": "GridPool"}),
            ("feeders", "from the list", {"kind": "dso_derms", "feeders": [str(uuid4())]}),
        ],
    )
    def test_staff_are_told_what_does_not_fit(self, ada, gridpool, field, said, facts):
        response = new(ada, url="http://127.0.0.1:9/cim", **facts)
        assert said in str(response.context["form"].errors[field])
        assert not Endpoint.objects.exists()

    def test_staff_choose_feeders_by_their_names(self, ada):
        feeder = Feeder.objects.get(name="Weir Lane 1")
        assert "Weir Lane 1, Weir Lane" in signed_in(ada).get(f"{ENDPOINTS}new/").content.decode()
        new(ada, url="http://127.0.0.1:9/c", kind="dso_derms", feeders=[str(feeder.mrid)])
        assert Endpoint.objects.get().feeder_mrids == [feeder.mrid]

    def test_a_third_party_has_a_bounded_number(self, tara, gridpool):
        for number in range(10):
            make_third_party(f"Pool {number}", owner=gridpool.mrid)
        response = new(tara, url="http://127.0.0.1:9/cim")
        assert "at most 10 endpoints" in str(response.context["form"].errors)

    def test_operations_reads_and_does_not_create(self, olivia):
        assert signed_in(olivia).get(f"{ENDPOINTS}new/").status_code == 404
        assert "Create an endpoint" not in signed_in(olivia).get(ENDPOINTS).content.decode()


@pytest.mark.locking
@pytest.mark.django_db(transaction=True)
def test_two_people_who_take_one_name_at_once_get_one_endpoint():
    def attempt(number):
        try:
            create_endpoint(name="Same", kind="dso_derms", url=f"http://127.0.0.1:9/{number}")
        except EndpointRefused:
            return "refused"
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(8) as pool:
        fates = list(pool.map(attempt, range(8)))
    assert sorted(fates) == ["made"] + ["refused"] * 7
    assert Endpoint.objects.count() == 1


class TestTesting:
    @pytest.fixture
    def endpoint(self, tara, gridpool, receiver):
        new(tara, url=receiver.url)
        return Endpoint.objects.get()

    def test_a_test_message_really_goes_out_signed_and_in_the_context_testing(
        self, tara, endpoint, receiver
    ):
        signed_in(tara).post(page("endpoint-test", endpoint))
        [message] = receiver.arrivals
        assert message.header.context == "TESTING"
        [secret] = signing_secrets(endpoint=endpoint)
        Webhook(secret).verify(receiver.bodies[0], receiver.headers[0], json_parse=False)
        check = EndpointCheck.objects.get()
        assert (check.is_passed, check.by, check.http_status) == (True, tara, 200)
        assert not OutboundMessage.objects.exists()

    def test_the_page_shows_the_answer_step_by_step(self, tara, endpoint, receiver):
        receiver.script = lambda _r, message, _n: failed(message, "7.4")
        signed_in(tara).post(page("endpoint-test", endpoint))
        response = signed_in(tara).get(page("endpoint-setup", endpoint))
        check = response.context["check"]
        assert [each.state for each in check["findings"]] == ["ok", "ok", "ok", "bad"]
        assert "7.4" in check["findings"][3].detail
        assert check["response"] is not None
        assert "Not passed" in response.content.decode()

    def test_a_refusal_by_status_is_explained_and_its_body_is_for_staff(
        self, tara, ada, endpoint, receiver
    ):
        receiver.script = lambda *_: web.Response(status=404, text="secret page")
        signed_in(tara).post(page("endpoint-test", endpoint))
        integrators = signed_in(tara).get(page("endpoint-setup", endpoint))
        findings = integrators.context["check"]["findings"]
        assert [each.state for each in findings] == ["ok", "bad", "unknown", "unknown"]
        assert "Is the path of the address right?" in findings[1].detail
        assert "secret page" not in integrators.content.decode()
        assert (
            "secret page" in signed_in(ada).get(page("endpoint-setup", endpoint)).content.decode()
        )

    def test_an_address_that_nobody_answers_is_explained(self, tara, endpoint):
        Endpoint.objects.update(url="http://127.0.0.1:9/")
        signed_in(tara).post(page("endpoint-test", endpoint))
        response = signed_in(tara).get(page("endpoint-setup", endpoint))
        first, *others = response.context["check"]["findings"]
        assert first.state == "bad"
        assert "Check the address" in first.detail
        assert {each.state for each in others} == {"unknown"}

    def test_an_answer_that_is_late_is_not_called_an_address_that_is_wrong(
        self, tara, endpoint, receiver, settings
    ):
        settings.EXCHANGE_TIMEOUT_SECONDS = 1
        receiver.delay_s = 5
        signed_in(tara).post(page("endpoint-test", endpoint))
        response = signed_in(tara).get(page("endpoint-setup", endpoint))
        first, *_ = response.context["check"]["findings"]
        assert first.state == "bad"
        assert "Answer whole within 1 s:" in first.detail

    def test_the_guard_holds_for_test_messages_too(self, tara, endpoint, receiver, settings):
        settings.DERMS_ENDPOINT_ALLOWED_NETWORKS = []
        signed_in(tara).post(page("endpoint-test", endpoint))
        assert receiver.arrivals == []
        assert "not a public address" in EndpointCheck.objects.get().error

    def test_too_many_in_a_minute_are_refused(self, tara, endpoint, receiver):
        for _ in range(checks.CHECKS_PER_MINUTE):
            signed_in(tara).post(page("endpoint-test", endpoint))
        response = signed_in(tara).post(page("endpoint-test", endpoint))
        assert "Wait a minute" in said(response)[0]
        assert len(receiver.arrivals) == checks.CHECKS_PER_MINUTE
        EndpointCheck.objects.update(started_at=timezone.now() - timedelta(minutes=2))
        signed_in(tara).post(page("endpoint-test", endpoint))
        assert len(receiver.arrivals) == checks.CHECKS_PER_MINUTE + 1

    def test_only_a_passed_test_of_these_settings_lets_it_start(self, tara, endpoint, receiver):
        def start():
            said_ = said(signed_in(tara).post(page("endpoint-start", endpoint)))[0]
            endpoint.refresh_from_db()
            return said_

        def test():
            signed_in(tara).post(page("endpoint-test", endpoint))

        assert "Send a test message first." in start()
        receiver.script = lambda _r, message, _n: failed(message, "7.4")
        test()
        assert "has not answered the last test message with OK" in start()
        receiver.script = None
        test()
        Endpoint.objects.update(url=receiver.url + "/moved")
        assert "The settings were changed" in start()
        assert not endpoint.is_active
        test()
        assert endpoint.catch_up_asked_at is None
        assert "is started" in start()
        assert endpoint.is_active
        assert endpoint.catch_up_asked_at is not None, "it is told of what is there already"


class TestSecrets:
    @pytest.fixture
    def endpoint(self, gridpool):
        return make_third_party("Pool", owner=gridpool.mrid)

    def rotate(self, user, endpoint):
        client = signed_in(user)
        seen = client.get(page("endpoint-secret", endpoint)).context["seen"]
        return client.post(page("endpoint-secret", endpoint), {"seen": seen})

    def test_a_rotation_shows_the_new_secret_once_and_both_sign_until_it_ends(self, tara, endpoint):
        before = signing_secrets(endpoint=endpoint)
        response = self.rotate(tara, endpoint)
        endpoint.refresh_from_db()
        fresh, previous = signing_secrets(endpoint=endpoint)
        assert [previous] == before
        assert fresh in response.content.decode()
        assert "no-store" in response["Cache-Control"]
        settings = signed_in(tara).get(page("endpoint-settings", endpoint)).content.decode()
        assert fresh not in settings
        assert "End the previous secret" in settings
        signed_in(tara).post(page("endpoint-secret-end", endpoint))
        endpoint.refresh_from_db()
        assert signing_secrets(endpoint=endpoint) == [fresh]
        response = signed_in(tara).post(page("endpoint-secret-end", endpoint))
        assert said(response) == ["Nothing was changed. There is no previous secret."]

    def test_a_form_that_is_sent_twice_rotates_once(self, tara, endpoint):
        client = signed_in(tara)
        seen = client.get(page("endpoint-secret", endpoint)).context["seen"]
        client.post(page("endpoint-secret", endpoint), {"seen": seen})
        endpoint.refresh_from_db()
        rotated = signing_secrets(endpoint=endpoint)
        again = client.post(page("endpoint-secret", endpoint), {"seen": seen})
        assert again.status_code == 302
        endpoint.refresh_from_db()
        assert signing_secrets(endpoint=endpoint) == rotated

    def test_api_credentials_are_shown_once_and_work(self, tara, endpoint):
        url = page("endpoint-credentials", endpoint)
        shown = signed_in(tara).post(url)
        issued = shown.context["issued"]
        basic = (issued.client_id, issued.client_secret)
        assert "-d grant_type=client_credentials</pre>" in shown.content.decode()
        token = Client().post(
            reverse("oauth-token"),
            {"grant_type": "client_credentials", "client_id": basic[0], "client_secret": basic[1]},
        )
        assert token.json()["scope"] == "der:read message:send"
        assert issued.client_secret not in signed_in(tara).get(url).content.decode()

    def test_each_change_is_in_the_history_without_the_secret(self, tara, endpoint):
        self.rotate(tara, endpoint)
        signed_in(tara).post(page("endpoint-credentials", endpoint))
        history = signed_in(tara).get(page("endpoint-settings", endpoint)).context["history"]
        assert [each["note"] for each in history] == [
            "New client credentials for the API.",
            "A new signing secret.",
        ]
        assert {each["who"] for each in history} == {"Tara Singh"}
        assert DeliveryDecision.objects.count() == 2


class TestAccess:
    GETS = (
        "endpoint", "endpoint-inbox", "endpoint-setup", "endpoint-guide", "endpoint-settings",
        "endpoint-secret", "endpoint-credentials", "endpoint-suspend", "endpoint-resume",
        "endpoint-recover",
    )  # fmt: skip
    ACTS = (
        "endpoint-test", "endpoint-start", "endpoint-secret", "endpoint-secret-end",
        "endpoint-credentials", "endpoint-suspend", "endpoint-resume", "endpoint-recover",
    )  # fmt: skip

    def test_a_foreign_endpoint_answers_as_an_absent_one(self, tara):
        foreign = make_third_party("Rival")
        client = signed_in(tara)
        for name in self.GETS:
            response = client.get(page(name, foreign))
            absent = client.get(reverse(f"messages:{name}", args=[uuid4()]))
            assert response.status_code == absent.status_code == 404, name
            assert response.content == absent.content, name
        before = Endpoint.objects.values().get()
        for name in self.ACTS:
            assert client.post(page(name, foreign), {"reason": "x"}).status_code == 404, name
        assert Endpoint.objects.values().get() == before
        assert "Rival" not in client.get(ENDPOINTS).content.decode()

    def test_who_only_reads_changes_nothing(self, susan):
        endpoint = make_endpoint()
        client = signed_in(susan)
        assert client.get(page("endpoint-settings", endpoint)).status_code == 200
        for name in self.ACTS:
            assert client.post(page(name, endpoint), {"reason": "x"}).status_code == 404, name
