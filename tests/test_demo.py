"""The demo: loads once however often it is called, shows every state, runs nowhere else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from customers.models import CustomerNotification
from customers.selectors import User
from derportal.demo.load import load_demo
from derportal.demo.people import PASSWORD, PEOPLE
from derportal.demo.scenarios import SCENARIOS
from derportal.roles import ROLES
from enrollment.models import ServiceRequest
from enrollment.states import CLOSED, State
from exchange.models import Endpoint, OutboundMessage, Publication
from workflow.models import StateChange

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
# Who can only be reached by time or by the customer, which the demo's visitor does on their own.
NOT_SHOWN = {State.WITHDRAWN, State.DEEMED_WITHDRAWN, State.EXPIRED}


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[str]]:
    """The demo, loaded once for all tests of this file, and rolled back."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield list(load_demo(at=NOW))
        transaction.set_rollback(True)


def counts() -> dict[str, int]:
    """How many rows each of our tables has."""
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model.__module__.split(".")[0] not in {"django", "allauth", "oauth2_provider"}
    }


def test_loading_the_demo_again_changes_nothing(loaded: list[str]) -> None:
    before = counts()
    states = dict(ServiceRequest.objects.values_list("start_key", "state"))

    again = list(load_demo(at=NOW.replace(month=12)))

    assert counts() == before
    assert dict(ServiceRequest.objects.values_list("start_key", "state")) == states
    assert again == loaded


def test_every_scenario_reached_its_state(loaded: list[str]) -> None:
    found = {
        request.customer.email: request.state
        for request in ServiceRequest.objects.select_related("customer")
    }
    assert found == {scenario.email: scenario.until for scenario in SCENARIOS}


def test_the_demo_shows_every_state_that_people_bring_about(loaded: list[str]) -> None:
    shown = set(ServiceRequest.objects.values_list("state", flat=True))
    assert shown == set(State) - NOT_SHOWN


def test_what_happened_is_on_record_and_customers_were_told(loaded: list[str]) -> None:
    for request in ServiceRequest.objects.all():
        changes = StateChange.objects.filter(subject_mrid=request.mrid)
        told = CustomerNotification.objects.filter(subject_mrid=request.mrid)
        assert changes.count() == told.count()
        assert (request.state in CLOSED) == (not request.is_open)
        running = request.clocks.filter(stopped_at=None).count()
        assert running == (request.is_open and request.state != State.DRAFT)


def test_nothing_of_the_demo_happens_in_the_future(loaded: list[str]) -> None:
    assert not StateChange.objects.filter(at__gt=NOW).exists()
    assert not CustomerNotification.objects.filter(created_at__gt=NOW).exists()


def test_every_login_of_the_demo_page_works_and_has_its_role(loaded: list[str]) -> None:
    for person in PEOPLE:
        user = User.objects.get(email=person.email)
        assert user.check_password(PASSWORD)
        assert set(user.groups.values_list("name", flat=True)) == set(person.roles)
        assert set(person.roles) <= set(ROLES)


def test_customers_of_the_scenarios_cannot_sign_in(loaded: list[str]) -> None:
    named = {person.email for person in PEOPLE}
    for scenario in SCENARIOS:
        if scenario.email not in named:
            assert not User.objects.get(email=scenario.email).has_usable_password()


def test_each_derms_of_the_demo_is_told_of_its_own_der(loaded: list[str]) -> None:
    operating = [each for each in SCENARIOS if each.until == "permission_to_operate"]
    pooled = [each for each in operating if each.third_party]
    for endpoint in Endpoint.objects.all():
        expected = pooled if endpoint.owner_mrid else operating
        assert Publication.objects.filter(endpoint=endpoint).count() == len(expected)
        told = OutboundMessage.objects.filter(endpoint=endpoint)
        assert told.exclude(noun="CustomerAgreements").count() == 2 * len(expected)
        assert told.filter(noun="CustomerAgreements").exists() is bool(endpoint.owner_mrid)
        assert endpoint.context == "TESTING"


def test_the_demo_refuses_to_load_outside_of_demo_mode(settings: Any) -> None:
    before = counts()
    settings.DEMO = False
    with pytest.raises(CommandError, match="its logins are public"):
        call_command("load_demo")
    assert counts() == before
