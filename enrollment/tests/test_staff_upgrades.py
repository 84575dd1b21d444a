"""Network upgrades and feeders: plan, move, complete; completing resumes what was held."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engineering.models import NetworkUpgrade
from enrollment.models import ServiceRequest
from enrollment.states import State
from registry.models import Feeder

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(journey):
    return journey("held_for_upgrade")


@pytest.fixture
def as_olivia(client, olivia):
    client.force_login(olivia)
    return client


def test_an_upgrade_is_planned_on_a_feeder(as_olivia, reference_data):
    feeder = Feeder.objects.first()
    data = {
        "name": "New cable",
        "feeder": feeder.name,
        "expected_on": "2027-06-01",
        "cost_estimate": "12000",
    }
    response = as_olivia.post("/upgrades/new/", data)
    upgrade = NetworkUpgrade.objects.get()
    assert response.url == f"/upgrades/{upgrade.mrid}/"
    assert (upgrade.feeder, upgrade.expected_on) == (feeder, date(2027, 6, 1))


def test_the_same_name_twice_is_said_at_the_form(as_olivia, reference_data):
    data = {"name": "New cable", "feeder": Feeder.objects.first().name, "expected_on": "2027-06-01"}
    as_olivia.post("/upgrades/new/", data)
    response = as_olivia.post("/upgrades/new/", data)
    assert response.status_code == 400
    assert "already exists" in response.content.decode()


@pytest.mark.parametrize("person", ["erik", "ada", "susan"])
def test_others_read_but_do_not_change(request, client, held, person):
    client.force_login(request.getfixturevalue(person))
    path = f"/upgrades/{held.held_for.mrid}/"
    assert client.get("/upgrades/").status_code == 200
    assert b"Change the date" not in client.get(path).content
    assert client.post("/upgrades/new/", {}).status_code == 403
    assert client.post(f"{path}date/", {"expected_on": "2030-01-01"}).status_code == 403
    assert client.post(f"{path}complete/", {"completed_on": "2026-12-01"}).status_code == 403
    assert ServiceRequest.objects.get(pk=held.pk).state == State.HELD_FOR_UPGRADE
    assert NetworkUpgrade.objects.get().state == "planned"


@pytest.mark.parametrize("person", ["maria", "tara", "frank"])
def test_outsiders_find_nothing(request, client, held, person):
    client.force_login(request.getfixturevalue(person))
    for path in ("", "new/", f"{held.held_for.mrid}/", f"{held.held_for.mrid}/complete/"):
        assert client.get(f"/upgrades/{path}").status_code == 404
    feeder = held.held_for.feeder.name
    assert client.get(f"/feeders/{feeder}/").status_code == 404


def test_the_date_moves_with_a_reason_in_the_history(as_olivia, held):
    path = f"/upgrades/{held.held_for.mrid}/"
    assert as_olivia.post(f"{path}date/", {"expected_on": "2027-09-01"}).status_code == 400
    data = {"expected_on": "2027-09-01", "reason": "Parts are late."}
    assert as_olivia.post(f"{path}date/", data).status_code == 302
    page = as_olivia.get(path).content.decode()
    assert "Parts are late." in page
    assert "September 1, 2027" in page or "Sept. 1, 2027" in page


def test_completing_asks_first_and_then_says_what_resumed(as_olivia, held):
    path = f"/upgrades/{held.held_for.mrid}/"
    asked = as_olivia.get(f"{path}complete/").content.decode()
    assert held.reference in asked
    assert ServiceRequest.objects.get(pk=held.pk).state == State.HELD_FOR_UPGRADE
    done = as_olivia.post(f"{path}complete/", {"completed_on": "2026-11-20"}, follow=True)
    text = done.content.decode()
    assert f"1 request resumed: {held.reference}." in text
    assert ServiceRequest.objects.get(pk=held.pk).state == State.OPERATIONS_REVIEW
    again = as_olivia.post(f"{path}complete/", {"completed_on": "2026-11-20"})
    assert again.status_code == 409
    assert held.reference in as_olivia.get(path).content.decode()


def test_an_empty_list_says_what_to_do(as_olivia):
    assert b"No upgrade is planned" in as_olivia.get("/upgrades/").content


def test_a_feeder_shows_its_load_requests_and_upgrades(as_olivia, held):
    feeder = held.held_for.feeder
    text = as_olivia.get(f"/feeders/{feeder.name}/").content.decode()
    for part in (feeder.substation.name, held.reference, held.held_for.name, "Of minimum load"):
        assert part in text
    assert as_olivia.get("/feeders/nowhere/").status_code == 404


def test_the_pages_read_a_fixed_number_of_times(as_olivia, held, journey, stranger):
    feeder = held.held_for.feeder
    paths = ("/upgrades/", f"/upgrades/{held.held_for.mrid}/", f"/feeders/{feeder.name}/")
    few = [_reads(as_olivia, path) for path in paths]
    journey("operations_review", applicant=stranger)
    NetworkUpgrade.objects.bulk_create(
        NetworkUpgrade(name=f"Upgrade {n}", feeder=feeder, expected_on=date(2027, 1, 1))
        for n in range(20)
    )
    assert [_reads(as_olivia, path) for path in paths] == few
    assert max(few) <= 20


def _reads(client, path):
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)
