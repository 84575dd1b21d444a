"""Two people at once, over HTTP and on real PostgreSQL: one decision, and the other is told."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from engineering.models import NetworkUpgrade
from enrollment.models import ServiceRequest
from enrollment.states import State
from tests.factories import make_user
from workflow.models import StateChange

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.locking]


def at_once(*calls):
    """Start all calls in the same moment; their answers in order."""
    barrier = Barrier(len(calls))

    def run(call):
        barrier.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def sender(user, wanted, name, **fields):
    client = signed_in(user)
    seen = client.get(f"/queue/{wanted.reference}/").context["dossier"].seen
    data = {f"{name}-{field}": value for field, value in {"seen": seen, **fields}.items()}
    return lambda: client.post(f"/queue/{wanted.reference}/act/{name}/", data)


def test_two_engineers_at_once_make_one_decision(journey, erik):
    wanted = journey("engineering_review")
    emma = make_user("emma@utility.example", "Emma Stone", "engineering")
    answers = at_once(
        sender(erik, wanted, "approve-engineering", reason="Erik's reason"),
        sender(emma, wanted, "decline", reason="Emma's reason"),
    )
    assert sorted(answer.status_code for answer in answers) == [302, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    winner = "Erik Lindqvist" if answers[0].status_code == 302 else "Emma Stone"
    text = loser.content.decode()
    assert "Nothing was saved" in text
    assert winner in text
    after = ServiceRequest.objects.get(pk=wanted.pk)
    assert after.state in (State.OPERATIONS_REVIEW, State.DECLINED)
    decided = StateChange.objects.filter(subject_mrid=wanted.mrid, source="engineering_review")
    assert decided.count() == 1


def test_eight_approvals_at_once_are_one(journey):
    wanted = journey("engineering_review")
    people = [make_user(f"e{n}@utility.example", f"Engineer {n}", "engineering") for n in range(8)]
    calls = [sender(user, wanted, "approve-engineering", reason="Fine") for user in people]
    answers = at_once(*calls)
    assert sorted(answer.status_code for answer in answers) == [302] + [409] * 7
    moved = StateChange.objects.filter(subject_mrid=wanted.mrid, transition="approve_engineering")
    assert moved.count() == 1


def test_a_hold_and_the_completion_of_its_upgrade_never_strand_a_request(journey, olivia, stranger):
    first = journey("held_for_upgrade")
    upgrade = first.held_for
    second = journey("operations_review", applicant=stranger)
    finisher, done = signed_in(olivia), {"completed_on": "2026-11-20"}
    hold = sender(olivia, second, "hold", reason="Too much.", upgrade=str(upgrade.mrid))
    at_once(
        hold,
        lambda: finisher.post(f"/upgrades/{upgrade.mrid}/complete/", done),
    )
    assert NetworkUpgrade.objects.get(pk=upgrade.pk).state == "completed"
    states = set(ServiceRequest.objects.values_list("state", flat=True))
    assert states == {State.OPERATIONS_REVIEW}
