"""SR5, SR6: screenings are kept as they ran; upgrades are planned, changed and completed."""

import json
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError
from django.test import Client
from django.urls import reverse

from customers.models import User
from engineering import services
from engineering.models import NetworkUpgrade, Screening
from engineering.selectors import (
    latest_screening,
    planned_upgrades,
    screenings_of,
    upgrade,
)
from workflow.selectors import history_of
from workflow.services import TransitionRefused

from .factories import NOON, home, make_engineer, make_feeder, make_upgrade, make_user


@pytest.fixture
def erik(db: None) -> User:
    return make_engineer()


def screened(mrid: UUID | None = None, **facts: object) -> Screening:
    return services.record_screening(
        service_request_mrid=mrid or uuid4(), rule_set="SGIP-10KW", facts=home(**facts), at=NOON
    )


def test_a_screening_keeps_every_input_and_result(db: None) -> None:
    screening = screened()
    screening.refresh_from_db()
    assert screening.rule_set == "SGIP-FAST-TRACK 1"
    assert screening.inputs["facts"]["der_active_power_w"] == "7600"
    penetration = screening.results[1]
    assert (penetration["id"], penetration["outcome"]) == ("2", "PASS")
    assert penetration["threshold"] == "0.15"
    assert json.loads(json.dumps(screening.results)) == screening.results


def test_the_latest_screening_is_the_last_run(db: None) -> None:
    mrid = uuid4()
    first, second = screened(mrid), screened(mrid, der_active_power_w=9_000)
    assert latest_screening(mrid) == second
    assert list(screenings_of(mrid)) == [second, first]
    assert first.input_sha256 != second.input_sha256
    assert latest_screening(uuid4()) is None


def test_the_database_keeps_a_screening(db: None) -> None:
    screening = screened()
    with pytest.raises(DatabaseError, match="append-only: UPDATE refused"):
        Screening.objects.filter(pk=screening.pk).update(results=[])


def test_an_upgrade_is_planned_with_its_history(erik: User) -> None:
    feeder = make_feeder()
    planned = make_upgrade(erik, name=" Reconductor Elm St ", feeder_mrid=feeder.mrid)
    assert (planned.name, planned.state) == ("Reconductor Elm St", "planned")
    assert planned in planned_upgrades(feeder.mrid)
    assert planned not in planned_upgrades(make_feeder().mrid)
    assert planned in planned_upgrades()
    assert upgrade(planned.mrid) == planned
    first = history_of(planned).get()
    assert (first.transition, first.by, first.at) == ("plan", erik, NOON)
    assert first.facts["cost_estimate"] == "42000.00"


def test_a_change_keeps_what_was_before(erik: User) -> None:
    planned = make_upgrade(erik)
    changed = services.change_network_upgrade(
        upgrade=planned, by=erik, at=NOON, note="Steel is late.", expected_on=date(2027, 6, 1)
    )
    assert changed.expected_on == date(2027, 6, 1)
    first, second = history_of(planned)
    assert (first.facts["expected_on"], second.facts) == (
        "2027-03-01",
        {"expected_on": "2027-06-01"},
    )
    assert second.note == "Steel is late."


def test_a_completed_upgrade_stays_completed(erik: User) -> None:
    planned = make_upgrade(erik)
    done = services.complete_network_upgrade(
        upgrade=planned, completed_on=date(2026, 11, 23), by=erik, at=NOON
    )
    assert (done.state, done.completed_on) == ("completed", date(2026, 11, 23))
    assert done not in planned_upgrades()
    assert [change.transition for change in history_of(done)] == ["plan", "complete"]
    with pytest.raises(TransitionRefused):
        services.complete_network_upgrade(
            upgrade=planned, completed_on=date(2026, 11, 24), by=erik, at=NOON
        )
    with pytest.raises(TransitionRefused):
        services.change_network_upgrade(upgrade=planned, by=erik, at=NOON, name="Other")


def test_who_may_not_plan_change_or_complete(erik: User) -> None:
    stranger = make_user()
    with pytest.raises(PermissionDenied):
        make_upgrade(stranger, name="Mine")
    assert not NetworkUpgrade.objects.filter(name="Mine").exists()
    planned = make_upgrade(erik)
    with pytest.raises(PermissionDenied):
        services.change_network_upgrade(upgrade=planned, by=stranger, at=NOON, name="Mine")
    with pytest.raises(PermissionDenied):
        services.complete_network_upgrade(
            upgrade=planned, completed_on=date(2026, 11, 23), by=stranger, at=NOON
        )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cost_estimate", Decimal("NaN")),
        ("cost_estimate", Decimal("Infinity")),
        ("cost_estimate", Decimal(-1)),
        ("name", "  "),
        ("currency", "DOLLARS"),
    ],
)
def test_an_odd_upgrade_is_refused_when_planned_and_when_changed(
    erik: User, field: str, value: Any
) -> None:
    with pytest.raises(ValidationError):
        make_upgrade(erik, **{field: value})
    planned = make_upgrade(erik)
    with pytest.raises(ValidationError):
        services.change_network_upgrade(upgrade=planned, by=erik, at=NOON, **{field: value})
    kept = NetworkUpgrade.objects.get(pk=planned.pk)
    assert kept.cost_estimate == Decimal("42000.00")


def test_a_name_is_taken_once(erik: User) -> None:
    with pytest.raises(ValidationError, match="already exists"):
        make_upgrade(erik, name=make_upgrade(erik).name)


def test_only_some_fields_can_be_changed(erik: User) -> None:
    with pytest.raises(TypeError, match="'state'"):
        services.change_network_upgrade(
            upgrade=make_upgrade(erik), by=erik, at=NOON, state="completed"
        )


def test_the_feeder_must_exist(erik: User) -> None:
    with pytest.raises(services.UnknownFeeder):
        make_upgrade(erik, feeder_mrid=uuid4())


@pytest.mark.parametrize(
    ("field", "value", "constraint"),
    [
        ("state", "lost", "upgrade_state"),
        ("cost_estimate", "-1", "upgrade_cost_bounds"),
        ("cost_estimate", "1000000001", "upgrade_cost_bounds"),
    ],
)
def test_the_database_refuses_it_too(erik: User, field: str, value: str, constraint: str) -> None:
    planned = make_upgrade(erik)
    with pytest.raises(IntegrityError, match=constraint):
        NetworkUpgrade.objects.filter(pk=planned.pk).update(**{field: value})


@pytest.mark.parametrize("model", ["networkupgrade", "screening"])
def test_staff_read_and_do_not_edit(client: Client, erik: User, model: str) -> None:
    make_upgrade(erik)
    screened()
    client.force_login(User.objects.create_superuser("root@utility.example", "a long password"))
    page = client.get(reverse(f"admin:engineering_{model}_changelist"), {"q": "7"})
    assert page.status_code == HTTPStatus.OK
    add = client.get(reverse(f"admin:engineering_{model}_add"))
    assert add.status_code == HTTPStatus.FORBIDDEN
