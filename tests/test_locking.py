"""Several people at once on real PostgreSQL: one act wins, the others are told, nothing is torn.

F11, F12 and SR5 to SR7. Every act of a race runs in a thread with a connection of its own, and
all of them start at the same moment.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from threading import Barrier
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from customers.models import CustomerNotification
from customers.selectors import User, notifications_about
from customers.services import send_due_notifications
from engineering import services as engineering
from engineering.models import NetworkUpgrade
from enrollment import services
from enrollment.models import ServiceRequest
from enrollment.selectors import offered_agreement, offers_to, timeline_of
from exchange.models import Endpoint, OutboundMessage
from exchange.services import register_endpoint
from tariffs.selectors import agreements_of, text_to_accept
from workflow.models import StateChange
from workflow.services import TransitionRefused
from workorders.selectors import work_orders_of
from workorders.services import Finding

from .factories import make_provider, make_user
from .journey import Walk

pytestmark = [pytest.mark.locking, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 9, 18, tzinfo=UTC)
SECRET = "whsec_" + "c2VjcmV0" * 4
ROUNDS = 6
Act = Callable[[], Any]


def race(*acts: Act) -> list[Any]:
    """Do all acts at the same moment; returns what each returned or raised."""
    gate = Barrier(len(acts))
    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(partial(_run, gate), acts))


def _run(gate: Barrier, act: Act) -> Any:
    try:
        connection.ensure_connection()
        gate.wait(timeout=10)
        return act()
    except Exception as error:  # noqa: BLE001 - the test looks at whatever went wrong
        return error
    finally:
        connection.close()


def meanwhile(first: Act, second: Act) -> Any:
    """Begin the second act while the first is done but not committed; what the second returned."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            other = pool.submit(_run, Barrier(1), second)
            while not (other.done() or is_somebody_waiting()):
                sleep(0.01)
        return other.result(timeout=10)


def is_somebody_waiting() -> bool:
    """Whether another connection to this database waits for a lock."""
    sql = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else one transaction sees one moment
        cursor.execute(sql)
        return bool(cursor.fetchone() != (0,))


def fifty_times(act: Act) -> list[Any]:
    """The act 50 times, by ten people at once."""
    return [one for five in race(*[lambda: [act() for _ in range(5)]] * 10) for one in five]


def losers(results: list[Any]) -> list[Exception]:
    return [result for result in results if isinstance(result, Exception)]


def assert_one_winner(results: list[Any]) -> Any:
    """All but one were refused, each with a sentence that says what the state is now."""
    refused = losers(results)
    assert len(refused) == len(results) - 1, results
    for error in refused:
        assert isinstance(error, TransitionRefused), repr(error)
        assert "it is now “" in error.reasons[0]
    return next(result for result in results if not isinstance(result, Exception))


def moves_from(request: ServiceRequest, state: str) -> list[StateChange]:
    return [change for change in timeline_of(request) if change.source == state]


def fresh(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=request.pk)


def reload(user: User) -> User:
    """The user as another web worker has it."""
    return User.objects.get(pk=user.pk)


def test_eight_engineers_approve_at_once_and_one_succeeds(journey: Walk) -> None:
    request = journey("engineering_review")
    engineers = [
        make_user(f"engineer{n}@utility.example", f"Engineer {n}", "engineering") for n in range(8)
    ]
    told = notifications_about(request.mrid).count()

    winner = assert_one_winner(
        race(
            *(
                partial(
                    services.approve_engineering,
                    request=fresh(request),
                    reason="All screens pass.",
                    by=reload(engineer),
                    at=NOW,
                )
                for engineer in engineers
            )
        )
    )

    (change,) = moves_from(request, "engineering_review")
    assert change.by_id == winner.engineering_by_id == fresh(request).engineering_by_id
    assert notifications_about(request.mrid).count() == told + 1
    assert request.clocks.filter(stopped_at=None).count() == 1


def test_a_plain_transition_without_advance_lets_all_eight_succeed(
    journey: Walk, erik: User
) -> None:
    """What advance() is for: the same race on the same database, without it, is lost."""
    request = journey("engineering_review")
    everybody_has_read = Barrier(8)

    def approve_plainly() -> str:
        seen = fresh(request)
        everybody_has_read.wait(timeout=10)
        seen.approve_engineering(engineering_by=erik)
        seen.save()
        StateChange.objects.create(
            subject_type="enrollment.ServiceRequest",
            subject_mrid=seen.mrid,
            transition="approve_engineering",
            source="engineering_review",
            target=seen.state,
            by=erik,
            at=NOW,
        )
        return str(seen.state)

    assert race(*[approve_plainly] * 8) == ["operations_review"] * 8
    assert len(moves_from(request, "engineering_review")) == 8


@pytest.fixture
def operators(db: None) -> list[User]:
    """Three people of Operations."""
    return [
        make_user(f"operator{n}@utility.example", f"Operator {n}", "operations") for n in range(3)
    ]


def plan(request: ServiceRequest, by: User) -> NetworkUpgrade:
    """An upgrade of the feeder that serves the request."""
    feeder = request.der.usage_point.network_connection.transformer.feeder
    return engineering.plan_network_upgrade(
        name=f"Upgrade {uuid4()}",
        description="",
        feeder_mrid=feeder.mrid,
        expected_on=date(2027, 4, 30),
        cost_estimate=None,
        currency="USD",
        by=by,
        at=NOW,
    )


def test_approve_decline_and_hold_race_and_exactly_one_happens(
    journey: Walk, operators: list[User]
) -> None:
    approver, decliner, holder = operators
    for _ in range(ROUNDS):
        request = journey("operations_review")
        told = notifications_about(request.mrid).count()
        upgrade = plan(request, holder)
        facts = {"request": request, "reason": "Because.", "at": NOW}

        winner = assert_one_winner(
            race(
                partial(services.approve_operations, by=approver, **facts),
                partial(services.decline, by=decliner, **facts),
                partial(services.hold_for_network_upgrade, upgrade=upgrade, by=holder, **facts),
            )
        )

        (change,) = moves_from(request, "operations_review")
        assert change.target == winner.state == fresh(request).state
        assert notifications_about(request.mrid).count() == told + 1
        (der_state,) = ServiceRequest.objects.filter(pk=request.pk).values_list(
            "der__state", flat=True
        )
        assert (der_state == "canceled") == (winner.state == "declined")


def test_fifty_identical_submits_send_one_application(journey: Walk, maria: User) -> None:
    draft = journey("filled")
    results = fifty_times(
        lambda: services.submit_application(request=draft, by=reload(maria), at=NOW)
    )

    assert {(each.pk, each.state) for each in results} == {(draft.pk, "completeness_review")}
    assert len(moves_from(draft, "draft")) == 1
    assert notifications_about(draft.mrid).count() == 1
    assert ServiceRequest.objects.count() == 1


def test_fifty_identical_starts_open_one_draft(maria: User) -> None:
    key, customer = uuid4(), maria.customer
    results = fifty_times(
        lambda: services.start_application(
            customer=customer, start_key=key, by=reload(maria), at=NOW
        )
    )

    assert not losers(results)
    assert {each.pk for each in results} == {ServiceRequest.objects.get().pk}


def test_an_upgrade_is_completed_once_and_its_requests_resume_once(
    journey: Walk, olivia: User, stranger: User
) -> None:
    first = journey("held_for_upgrade")
    second = journey("operations_review", applicant=stranger)
    facts = {"upgrade": first.held_for, "by": olivia, "at": NOW}
    services.hold_for_network_upgrade(request=second, reason="The same.", **facts)
    complete = partial(services.complete_network_upgrade, completed_on=NOW.date(), **facts)

    resumed = assert_one_winner(race(complete, complete))

    assert {each.pk for each in resumed} == {first.pk, second.pk}
    for request in (first, second):
        assert len(moves_from(request, "held_for_upgrade")) == 1
        assert notifications_about(request.mrid).filter(kind="resume_after_upgrade").count() == 1


def test_a_withdrawal_does_not_stop_the_upgrade_that_it_waited_for(
    journey: Walk, maria: User, olivia: User
) -> None:
    for _ in range(ROUNDS):
        request = journey("held_for_upgrade")
        results = race(
            partial(services.withdraw, request=request, reason="", by=maria, at=NOW),
            partial(
                services.complete_network_upgrade,
                upgrade=request.held_for,
                completed_on=NOW.date(),
                by=olivia,
                at=NOW,
            ),
        )
        assert not losers(results)
        assert fresh(request).state == "withdrawn"
        NetworkUpgrade.objects.filter(pk=request.held_for.pk).update(name=str(uuid4()))


def test_nothing_is_held_for_an_upgrade_that_is_done(journey: Walk, olivia: User) -> None:
    for _ in range(ROUNDS):
        request = journey("operations_review")
        facts = {"upgrade": plan(request, olivia), "by": olivia, "at": NOW}
        held, completed = race(
            partial(
                services.hold_for_network_upgrade, request=request, reason="Overload.", **facts
            ),
            partial(services.complete_network_upgrade, completed_on=NOW.date(), **facts),
        )
        assert fresh(request).state == "operations_review"
        assert isinstance(held, ValidationError) or completed == [request]


def verdicts(request: ServiceRequest, crew: User) -> tuple[Act, Act]:
    """Pass and fail of the open work order of a request."""
    order = work_orders_of(request.mrid)[0]
    items = list(order.items.all())
    good = [Finding(item.pk, "pass") for item in items]
    bad = [Finding(items[0].pk, "fail"), *good[1:]]
    facts = {"order": order, "note": "As found.", "by": crew, "at": NOW}
    return (
        partial(services.pass_verification, findings=good, serial_numbers={}, **facts),
        partial(services.fail_verification, findings=bad, **facts),
    )


def assert_one_verdict(results: list[Any]) -> None:
    """One was refused because the visit or the request is over; nothing worse."""
    (refused,) = losers(results)
    assert isinstance(refused, (TransitionRefused, ValidationError)), repr(refused)


def test_a_visit_passes_or_fails_but_not_both(journey: Walk, frank: User) -> None:
    for _ in range(ROUNDS):
        request = journey("verification")
        results = race(*verdicts(request, frank))

        assert_one_verdict(results)
        (change,) = moves_from(request, "verification")
        (order,) = work_orders_of(request.mrid)
        passed = change.transition == "pass_verification"
        assert order.state == ("passed" if passed else "failed")
        assert fresh(request).der.state == ("active" if passed else "proposed")


def test_a_withdrawal_and_a_passed_visit_never_both_count(
    journey: Walk, maria: User, frank: User
) -> None:
    for _ in range(ROUNDS):
        request = journey("verification")
        passed, _ = verdicts(request, frank)
        results = race(
            passed, partial(services.withdraw, request=request, reason="", by=maria, at=NOW)
        )

        assert_one_verdict(results)
        ended = fresh(request)
        (order,) = work_orders_of(request.mrid)
        assert (ended.state, ended.der.state, order.state) in {
            ("permission_to_operate", "active", "passed"),
            ("withdrawn", "canceled", "canceled"),
        }


def test_a_withdrawal_beside_an_approval_leaves_one_story(
    journey: Walk, maria: User, erik: User
) -> None:
    for _ in range(ROUNDS):
        request = journey("engineering_review")
        withdrawn, approved = race(
            partial(services.withdraw, request=request, reason="", by=maria, at=NOW),
            partial(services.approve_engineering, request=request, reason="Fine.", by=erik, at=NOW),
        )
        assert not losers([withdrawn])
        assert fresh(request).state == "withdrawn"
        assert isinstance(approved, TransitionRefused) == (
            len(moves_from(request, "engineering_review")) == 1
            and not moves_from(request, "operations_review")
        )


def test_accepting_a_tariff_twice_at_once_leaves_one_current_agreement(
    journey: Walk, maria: User
) -> None:
    draft = journey("filled")
    version = next(o.version for o in offers_to(draft, at=NOW) if o.is_eligible)
    accept = partial(
        services.accept_tariff,
        request=draft,
        version=version,
        name="Maria Alvarez",
        text_sha256=text_to_accept(version).sha256,
        by=maria,
        at=NOW,
    )

    assert not losers(race(*[accept] * 4))
    kept = agreements_of(draft.der)
    assert kept.count() == 5
    assert kept.filter(superseded_at=None).count() == 1


def test_an_agreement_is_signed_once(journey: Walk, maria: User) -> None:
    request = journey("agreement_offered")
    sign = partial(
        services.sign_agreement,
        request=request,
        name="Maria Alvarez",
        text_sha256=offered_agreement(request).sha256,
        by=maria,
        at=NOW,
    )
    assert_one_winner(race(*[sign] * 4))
    assert agreements_of(request.der).count() == 2


def test_an_answer_in_the_last_moment_counts(journey: Walk, maria: User) -> None:
    request = journey("information_needed")
    request.information_requests.get().items.update(is_mended=True)

    ended = meanwhile(
        partial(services.supply_information, request=request, answer="Here.", by=maria, at=NOW),
        partial(services.end_overdue_requests, today=date(2027, 1, 1), at=NOW),
    )

    assert ended == []
    assert fresh(request).state == "completeness_review"


def test_an_answer_after_the_last_moment_is_too_late(journey: Walk, maria: User) -> None:
    request = journey("information_needed")
    request.information_requests.get().items.update(is_mended=True)

    answered = meanwhile(
        partial(services.end_overdue_requests, today=date(2027, 1, 1), at=NOW),
        partial(services.supply_information, request=request, answer="Here.", by=maria, at=NOW),
    )

    assert isinstance(answered, TransitionRefused)
    assert fresh(request).state == "deemed_withdrawn"


def test_nothing_is_added_to_an_application_that_is_being_sent(journey: Walk, maria: User) -> None:
    draft = journey("filled")
    equipment = draft.der.units.get().equipment

    added = meanwhile(
        partial(services.submit_application, request=draft, by=maria, at=NOW),
        partial(
            services.add_equipment,
            request=draft,
            equipment=equipment,
            kind="pv",
            quantity=900,
            by=maria,
        ),
    )

    assert isinstance(added, ValidationError)
    assert draft.der.units.get().quantity == 10


@pytest.fixture
def two_endpoints(db: None) -> list[Endpoint]:
    """Two DERMS that are told of the whole territory."""
    return [
        register_endpoint(
            name=f"DERMS {n}", kind="dso_derms", url="http://127.0.0.1:1/", secret=SECRET
        )
        for n in range(2)
    ]


def test_approvals_at_once_number_their_messages_without_gaps(
    journey: Walk, frank: User, two_endpoints: list[Endpoint]
) -> None:
    acts = [verdicts(journey("verification"), frank)[0] for _ in range(6)]
    assert not losers(race(*acts))

    for endpoint in two_endpoints:
        sent = OutboundMessage.objects.filter(endpoint=endpoint).order_by("sequence")
        assert [message.sequence for message in sent] == list(range(1, 13))
        for der in {message.object_mrid for message in sent}:
            nouns = [message.noun for message in sent if message.object_mrid == der]
            assert nouns == ["EndDeviceConfig", "MasterDataLinkageConfig"]


def test_four_workers_send_each_e_mail_once(
    journey: Walk, stranger: User, mailoutbox: list[Any]
) -> None:
    journey("permission_to_operate")
    journey("permission_to_operate", applicant=stranger)
    count = CustomerNotification.objects.count()

    results = race(*[partial(send_due_notifications, at=NOW)] * 4)

    assert sum(results) == count == len(mailoutbox)
    assert len({mail.extra_headers["X-Notification-ID"] for mail in mailoutbox}) == count


def test_the_same_consent_given_at_once_is_one_consent(maria: User) -> None:
    from customers.models import Consent
    from customers.services import give_consent

    installer = make_provider("BrightRoof Solar")
    give = partial(
        give_consent,
        customer=maria.customer,
        provider=installer,
        may_accept_agreements=False,
        by=maria,
        at=NOW,
    )
    assert not losers(race(*[give] * 4))
    assert Consent.objects.filter(active_to=None).count() == 1
