"""SR10: every way a request ends before operation, and what each end leaves behind.

Whatever the way: the DER is canceled, the accepted terms lapse, an open visit is canceled, the
clock stands still, the customer is told why, and no DERMS hears of a DER that never was.
"""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from customers.selectors import User, notifications_about
from enrollment import services
from enrollment.models import Procedure, ServiceRequest
from enrollment.selectors import timeline_of
from enrollment.services import ending, moves
from enrollment.states import OPEN
from exchange.models import OutboundMessage, Publication
from exchange.services import register_endpoint
from tariffs.selectors import current_agreement
from workflow.services import TransitionRefused
from workorders.selectors import work_orders_of

from .journey import Journey, Walk

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 11, 6, 18, tzinfo=UTC)
SECRET = "whsec_" + "c2VjcmV0" * 4
DESKS = {
    "completeness_review": ("susan", "decline_at_completeness"),
    "engineering_review": ("erik", "decline_by_engineering"),
    "operations_review": ("olivia", "decline_by_operations"),
}


@pytest.fixture(autouse=True)
def derms(db: None) -> None:
    """A DERMS with the whole territory, that would be told."""
    register_endpoint(name="DERMS", kind="dso_derms", url="http://127.0.0.1:1/", secret=SECRET)


def assert_ended(request: ServiceRequest, kind: str, reason: str) -> None:
    """Nothing of the request is left open, and the customer knows why."""
    ended = ServiceRequest.objects.get(pk=request.pk)
    assert not ended.is_open
    if ended.der is not None:
        assert ended.der.state == "canceled"
        assert current_agreement(ended.der) is None
    assert not ended.clocks.filter(stopped_at=None).exists()
    assert not work_orders_of(ended.mrid).filter(state="issued").exists()
    notice = notifications_about(ended.mrid)[0]
    assert notice.kind == timeline_of(ended).last().transition == kind
    assert reason in notice.text
    assert reason in notice.html
    assert not OutboundMessage.objects.exists()
    assert not Publication.objects.exists()


@pytest.mark.parametrize("state", OPEN)
def test_the_applicant_can_withdraw_from_every_open_state(
    journey: Walk, maria: User, state: str
) -> None:
    request = journey(state)
    services.withdraw(request=request, reason="We moved to Salem.", by=maria, at=LATER)
    assert_ended(request, "withdraw", "We moved to Salem.")
    assert request.state == state


def test_withdrawing_during_verification_cancels_the_visit(journey: Walk, maria: User) -> None:
    request = journey("verification")
    services.withdraw(request=request, reason="We moved.", by=maria, at=LATER)
    (order,) = work_orders_of(request.mrid)
    assert (order.state, order.finished_by) == ("canceled", None)


@pytest.mark.parametrize("state", DESKS)
def test_each_desk_can_decline_with_a_reason(
    journey: Walk, request: Any, susan: User, state: str
) -> None:
    person, kind = DESKS[state]
    case = journey(state)
    services.decline(
        request=case,
        reason="The feeder is full.",
        by=request.getfixturevalue(person),
        at=LATER,
    )
    assert_ended(case, kind, "The feeder is full.")


@pytest.mark.parametrize("state", DESKS)
def test_no_desk_declines_for_another(journey: Walk, request: Any, state: str, frank: User) -> None:
    person, _ = DESKS[state]
    case = journey(state)
    others = [request.getfixturevalue(name) for name, _ in DESKS.values() if name != person]
    for other in (*others, frank):
        with pytest.raises(PermissionDenied):
            services.decline(request=case, reason="No.", by=other, at=LATER)


def test_a_request_that_is_not_at_a_desk_cannot_be_declined(journey: Walk, erik: User) -> None:
    with pytest.raises(TransitionRefused, match="Cannot decline: it is now “Agreement offered”"):
        services.decline(
            request=journey("agreement_offered"), reason="Too late.", by=erik, at=LATER
        )


def test_an_unanswered_question_ends_the_request_the_day_after_it_was_due(journey: Walk) -> None:
    case = journey("information_needed")
    due = case.clocks.get(stopped_at=None).due_on
    assert services.end_overdue_requests(today=due, at=LATER) == []

    (ended,) = services.end_overdue_requests(today=date(2026, 11, 19), at=LATER)
    assert (ended.pk, ended.state) == (case.pk, "deemed_withdrawn")
    assert_ended(case, "deem_withdrawn", f"No answer by {due:%B %-d, %Y}.")


def test_an_installation_that_is_not_built_in_a_year_expires(journey: Walk) -> None:
    case = journey("construction")
    due = case.clocks.get(stopped_at=None).due_on
    assert due == date(2027, 11, 3)

    (ended,) = services.end_overdue_requests(today=date(2027, 11, 4), at=LATER)
    assert ended.state == "expired"
    assert_ended(case, "expire", "The installation was not reported as built by November 3, 2027.")


def test_an_unsigned_agreement_expires_only_where_the_procedure_says_so(
    journey: Walk, stranger: User
) -> None:
    open_end = journey("agreement_offered")
    old = Procedure.objects.get(is_default=True)
    signing = {"owner": "applicant", "business_days": 30, "on_overdue": "expire"}
    Procedure.objects.filter(pk=old.pk).update(is_default=False)
    Procedure.objects.create(
        code=old.code,
        version="with a signing period",
        title=old.title,
        holiday_country="US",
        steps={**old.steps, "agreement_offered": signing},
        screen_set=old.screen_set,
        authority="A utility's own",
        is_default=True,
    )
    limited = journey("agreement_offered", applicant=stranger)

    (ended,) = services.end_overdue_requests(today=date(2027, 3, 1), at=LATER)
    assert (ended.pk, ended.state) == (limited.pk, "expired")
    assert_ended(limited, "expire", "The agreement was not signed by")
    assert ServiceRequest.objects.get(pk=open_end.pk).state == "agreement_offered"


def test_the_utility_cannot_let_a_request_end_by_being_late(journey: Walk) -> None:
    case = journey("engineering_review")
    assert services.end_overdue_requests(today=date(2030, 1, 1), at=LATER) == []
    assert ServiceRequest.objects.get(pk=case.pk).is_open


def test_looking_for_overdue_requests_twice_ends_each_once(journey: Walk) -> None:
    case = journey("information_needed")
    assert len(services.end_overdue_requests(today=date(2027, 1, 1), at=LATER)) == 1
    assert services.end_overdue_requests(today=date(2027, 1, 1), at=LATER) == []
    assert notifications_about(case.mrid).filter(kind="deem_withdrawn").count() == 1


def test_one_request_that_cannot_be_ended_stops_no_other(
    journey: Walk, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = journey("information_needed")
    other = journey("information_needed", applicant=stranger)
    real = moves.move

    def move(request: ServiceRequest, transition: str, **facts: Any) -> ServiceRequest:
        if request.pk == broken.pk:
            raise RuntimeError("bad luck")
        return real(request, transition, **facts)

    monkeypatch.setattr(ending, "move", move)
    at = datetime(2028, 1, 3, 18, tzinfo=UTC)
    ended = services.end_overdue_requests(today=at.date(), at=at)
    assert [request.pk for request in ended] == [other.pk]


def test_an_ended_request_refuses_every_further_act(journey: Walk, maria: User, erik: User) -> None:
    case = journey("declined")
    for act in (
        lambda: services.withdraw(request=case, reason="", by=maria, at=LATER),
        lambda: services.approve_engineering(request=case, reason="Yes.", by=erik, at=LATER),
        lambda: services.decline(request=case, reason="Again.", by=erik, at=LATER),
    ):
        with pytest.raises(TransitionRefused):
            act()


def test_the_customer_can_apply_again_at_the_same_place(
    maria: User, susan: User, erik: User, olivia: User, frank: User
) -> None:
    for _ in range(2):
        journey = Journey(maria, susan, erik, olivia, frank)
        journey.go_to("withdrawn")
    assert journey.go_to("permission_to_operate").der.state == "active"
