"""Whatever anybody tries, in whatever order: the machine stays within its table.

Hypothesis lets everybody try everything, also what they may not, over the real services and the
real database. Half of the steps are sensible, so that the walks get far.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, ClassVar, cast
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from customers.selectors import User, may_act_for, notifications_about
from enrollment import services
from enrollment.models import ServiceRequest
from enrollment.selectors import timeline_of
from enrollment.states import ENDED
from exchange.models import OutboundMessage
from exchange.services import register_endpoint
from tariffs.models import CustomerAgreement
from tests.factories import diagram_png
from tests.journey import PATHS, Journey
from tests.people import EARLIER
from workflow.services import TransitionRefused
from workorders.selectors import WorkOrder, work_orders_of
from workorders.services import Finding

from .test_states import APPLICANT, AUTOMATIC, TABLE

pytestmark = pytest.mark.django_db
REFUSALS = (TransitionRefused, PermissionDenied, ValidationError, IndexError)
SECRET = "whsec_" + "c2VjcmV0" * 4


class Attempt(Journey):
    """One person tries an act: every role of the journey is played by the same person."""

    def hold(self) -> None:
        services.hold_for_new_upgrade(
            request=self.fresh(),
            name=f"Upgrade {uuid4()}",
            description="",
            expected_on=date(2027, 4, 30),
            reason="Overload.",
            by=self.operator,
            at=self.now,
        )

    def lift(self) -> None:
        upgrade = self.fresh().held_for
        if upgrade is not None:
            services.complete_network_upgrade(
                upgrade=upgrade, completed_on=self.now.date(), by=self.operator, at=self.now
            )

    def answer(self) -> None:
        services.upload_diagram(
            request=self.fresh(), upload=diagram_png(), by=self.applicant, at=self.now
        )
        services.supply_information(
            request=self.fresh(), answer="Here.", by=self.applicant, at=self.now
        )

    def answer_at_once(self) -> None:
        services.supply_information(
            request=self.fresh(), answer="Never mind.", by=self.applicant, at=self.now
        )

    def order(self) -> WorkOrder:
        return work_orders_of(self.request.mrid)[0]

    def findings(self, first: str) -> list[Finding]:
        items = self.order().items.all()
        return [Finding(item.pk, "pass" if n else first) for n, item in enumerate(items)]

    def pass_visit(self) -> None:
        services.pass_verification(
            order=self.order(),
            findings=self.findings("pass"),
            serial_numbers={},
            note="",
            by=self.crew,
            at=self.now,
        )

    def fail_visit(self) -> None:
        services.fail_verification(
            order=self.order(),
            findings=self.findings("fail"),
            note="The switch is missing.",
            by=self.crew,
            at=self.now,
        )

    def let_a_year_pass(self) -> None:
        services.end_overdue_requests(today=self.now.date() + timedelta(days=400), at=self.now)


Act = Callable[[Attempt], object]
ACTS: dict[str, Act] = {
    "submit": Attempt.submit,
    "ask": Attempt.ask,
    "answer": Attempt.answer,
    "answer at once": Attempt.answer_at_once,
    "complete": Attempt.complete,
    "approve for Engineering": Attempt.approve_engineering,
    "hold": Attempt.hold,
    "lift": Attempt.lift,
    "approve for Operations": Attempt.approve_operations,
    "sign": Attempt.sign,
    "report": Attempt.report,
    "pass": Attempt.pass_visit,
    "fail": Attempt.fail_visit,
    "decline": Attempt.decline,
    "withdraw": Attempt.withdraw,
    "wait": Attempt.let_a_year_pass,
    "add equipment": Attempt.add_solar,
}
SENSIBLE: dict[str, list[tuple[str, str]]] = {
    "draft": [("maria", "submit")],
    "completeness_review": [("susan", "complete"), ("susan", "ask")],
    "information_needed": [("maria", "answer")],
    "engineering_review": [
        ("erik", "approve for Engineering"),
        ("both", "approve for Engineering"),
        ("erik", "ask"),
    ],
    "operations_review": [
        ("both", "approve for Operations"),
        ("olivia", "approve for Operations"),
        ("olivia", "hold"),
    ],
    "held_for_upgrade": [("olivia", "lift")],
    "agreement_offered": [("maria", "sign")],
    "construction": [("maria", "report")],
    "verification": [("frank", "fail"), ("frank", "pass")],
}
PEOPLE = ("maria", "stranger", "susan", "erik", "olivia", "frank", "both")


class RequestMachine(RuleBasedStateMachine):
    """One request of Maria's, and everybody who tries something with it."""

    people: ClassVar[dict[str, User]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.database = transaction.atomic()
        self.database.__enter__()
        self.moves = 0
        self.now = EARLIER

    @initialize(
        state=st.sampled_from(["filled", "operations_review", "construction"]),
        engineer=st.sampled_from(["erik", "both"]),
    )
    def begin(self, state: str, engineer: str) -> None:
        """A request that has come some way."""
        names = ("maria", "susan", engineer, "olivia", "frank")
        self.journey = Journey(*(self.people[name] for name in names))
        self.journey.go_to(state)
        self.now = self.journey.now
        self.moves = max(len(PATHS[state]) - len(PATHS["filled"]), 0)

    @rule(data=st.data())
    def do_what_is_next(self, data: st.DataObject) -> None:
        """Somebody does what they should."""
        if sensible := SENSIBLE.get(self.journey.fresh().state):
            self.try_to(*data.draw(st.sampled_from(sensible)))

    @rule(name=st.sampled_from(PEOPLE), act=st.sampled_from(sorted(ACTS)))
    def try_anything(self, name: str, act: str) -> None:
        """Somebody does what comes to their mind."""
        self.try_to(name, act)

    def try_to(self, name: str, act: str) -> None:
        self.now += timedelta(hours=5)
        by, before = self.people[name], self.facts()
        attempt = Attempt(by, by, by, by, by, now=self.now)
        attempt.request = self.journey.request
        try:
            ACTS[act](attempt)
        except REFUSALS:
            assert self.facts() == before
        else:
            self.check_move(before, by)

    def facts(self) -> tuple[str, int, int]:
        """State, number of moves, number of notices."""
        request = self.journey.fresh()
        told = notifications_about(request.mrid).count()
        return request.state, timeline_of(request).count(), told

    def check_move(self, before: tuple[str, int, int], by: User) -> None:
        """Nothing happened, or one edge of the table by somebody who may."""
        after = self.facts()
        if after == before:
            return
        change = timeline_of(self.journey.request).last()
        assert after == (change.target, before[1] + 1, before[2] + 1)
        permissions = [edge[3] for edge in TABLE if edge[:3] == edge_of(change)]
        assert len(permissions) == 1, change
        assert change.by_id == (None if permissions == [AUTOMATIC] else by.pk)
        assert is_permitted(permissions[0], by, self.journey.request)
        self.moves += 1

    @invariant()
    def everything_fits(self) -> None:
        """The facts around the request agree with its state."""
        if not hasattr(self, "journey"):
            return
        request = self.journey.fresh()
        assert self.facts() == (request.state, self.moves, self.moves)
        running = request.clocks.filter(stopped_at=None)
        expected = [request.state] if request.is_open and request.state != "draft" else []
        assert [clock.state for clock in running] == expected
        check_people(request)
        check_papers(request)

    def teardown(self) -> None:
        """Everything is undone."""
        transaction.set_rollback(True)
        self.database.__exit__(None, None, None)


def edge_of(change: Any) -> tuple[str, str, str]:
    return change.source, change.target, change.transition


def is_permitted(permission: str, by: User, request: ServiceRequest) -> bool:
    if permission == APPLICANT:
        return may_act_for(user=by, customer_id=request.customer_id)
    return permission == AUTOMATIC or by.has_perm(permission)


def check_people(request: ServiceRequest) -> None:
    """Four eyes: the applicant, Engineering and Operations are three people."""
    deciders = [request.submitted_by_id, request.engineering_by_id, request.operations_by_id]
    known = [person for person in deciders if person is not None]
    assert len(set(known)) == len(known)


def check_papers(request: ServiceRequest) -> None:
    """DER, agreement, work order and messages agree with the state."""
    der, operates = request.proposed_der, request.state == "permission_to_operate"
    ended = request.state in ENDED
    assert der.state == ("active" if operates else "canceled" if ended else "proposed")
    agreements = CustomerAgreement.objects.filter(der=der)
    assert agreements.filter(superseded_at=None).count() == (not ended)
    assert agreements.filter(active_from__isnull=False).count() == operates
    issued = work_orders_of(request.mrid).filter(state="issued").count()
    assert issued == (request.state == "verification")
    assert OutboundMessage.objects.count() == 2 * operates


def test_no_order_of_acts_by_anybody_breaks_the_machine(
    maria: User, stranger: User, susan: User, erik: User, olivia: User, frank: User
) -> None:
    register_endpoint(name="DERMS", kind="dso_derms", url="http://127.0.0.1:1/", secret=SECRET)
    both = User.objects.create_user("both@utility.example", first_name="Bo", last_name="Both")
    both.groups.set(Group.objects.filter(name__in=["engineering", "operations"]))
    people = dict(zip(PEOPLE, (maria, stranger, susan, erik, olivia, frank, both), strict=True))
    machine = cast(
        type[RuleBasedStateMachine], type("Machine", (RequestMachine,), {"people": people})
    )
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=10,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
