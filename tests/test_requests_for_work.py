"""WR1, SO1, SR6, SR7: work management that takes requests, played by the simulator over HTTP.

It is asked for reviews, visits and upgrades of the network; its answers are on the case, what it
calls an order is kept, and what it finds comes back as events.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cim.envelope import Verb
from cim.messages import read
from cim.profiles import maintenance_orders, service_orders, work_requests
from cim.profiles.parts import Interval
from cim.profiles.work import (
    ActivityRecord,
    WorkKind,
    WorkStatusKind,
    WorkTaskKind,
    WorkTimeSchedule,
    WorkTimeScheduleKind,
)
from customers.selectors import User
from derms_simulator.running import running
from derportal.api import throttling
from engineering.selectors import all_upgrades
from enrollment import services
from enrollment.clocks import local_date
from enrollment.models import ServiceRequest as Row
from exchange.models import ObjectName
from exchange.selectors import Endpoint, endpoint_named, names_at, requests_about
from exchange.services import EndpointRefused, change_settings, drain, register_endpoint, resend
from exchange.tests.factories import make_due, make_endpoint, send
from workflow.selectors import history_of
from workorders.selectors import WorkOrder, work_orders_of

from .derms import SECRETS, Derms
from .journey import Journey, Walk
from .systems import System

pytestmark = pytest.mark.django_db(transaction=True)
CASE, DESK = "enrollment:review", "enrollment:work-order"


@pytest.fixture(autouse=True)
def _fresh_throttle() -> None:
    throttling._counts.clear()


@dataclass(frozen=True)
class Work:
    """The work-management system: the simulator hears, the system tells."""

    simulator: Derms
    system: System

    @property
    def endpoint(self) -> Endpoint:
        return self.system.endpoint

    def hear(self) -> list[tuple[str, str]]:
        """Deliver what is due; everything that it was asked so far, verb and noun."""
        make_due()
        with ThreadPoolExecutor(1) as worker:
            worker.submit(self._drain).result()
        return [
            (each["verb"], each["noun"])
            for each in self.simulator.log()
            if each["verdict"] == "applied"
        ]

    def _drain(self) -> None:
        """As a worker, beside the test."""
        try:
            drain(endpoint_id=self.endpoint.pk)
        finally:
            connection.close()

    def names(self, mrid: Any) -> list[str]:
        return names_at(self.endpoint, mrid)


@pytest.fixture
def work(live_server: Any, tmp_path: Path) -> Iterator[Work]:
    """A simulator that takes requests, typed."""
    with running({"dso": SECRETS["dso"]}, tmp_path) as simulator:
        endpoint = register_endpoint(
            name="Work management",
            kind="work_management",
            url=f"{simulator.url}/dso",
            secret=SECRETS["dso"],
            takes_requests=True,
        )
        yield Work(Derms(endpoint), System(endpoint, live_server.url))


def order_of(request: Row) -> WorkOrder:
    return work_orders_of(request.mrid)[0]


def page(user: User, name: str, key: str) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse(name, args=[key])).content.decode()


def test_a_review_and_a_visit_are_asked_for_and_their_numbers_there_are_shown(
    work: Work, journey: Walk, susan: User, frank: User
) -> None:
    request = journey("verification")
    assert set(work.hear()) == {
        ("create", "WorkRequests"),
        ("close", "WorkRequests"),
        ("create", "ServiceOrders"),
    }
    [asked] = [each for each in work.system.told("ServiceOrders") if each.payload is not None]
    [order] = service_orders.from_element(asked.payload)
    visit = order.work[0]
    assert (visit.kind, visit.status_kind) == (
        WorkKind.INSPECTION,
        WorkStatusKind.WAITING_TO_BE_SCHEDULED,
    )
    assert {task.task_kind for task in visit.work_tasks} == {WorkTaskKind.INVESTIGATE}
    assert all(task.usage_point for task in visit.work_tasks)
    assert visit.work_tasks[0].assets[0].mrid
    review, over = (work_requests.from_element(each.payload)[0].work[0]
                    for each in work.system.told("WorkRequests"))  # fmt: skip
    assert (review.kind, review.status_kind) == (
        WorkKind.INSPECTION,
        WorkStatusKind.WAITING_ON_APPROVAL,
    )
    assert over.status_kind is WorkStatusKind.APPROVED
    issued = order_of(request)
    number = f"WM-{str(issued.mrid)[:8]}"
    assert work.names(issued.mrid) == [number]
    assert number in page(susan, CASE, request.reference)
    assert number in page(frank, DESK, issued.number)


def test_what_is_called_off_is_named_as_it_is_known_there(
    work: Work, journey: Walk, maria: User
) -> None:
    request = journey("verification")
    work.hear()
    services.withdraw(request=request, reason="Sold.", by=maria, at=timezone.now())
    assert work.hear()[-1] == ("cancel", "ServiceOrders")
    order = service_orders.from_element(work.system.told("ServiceOrders")[-1].payload)[0]
    assert [each.name for each in order.names] == [
        order_of(request).number,
        f"WM-{order.mrid[:8]}",
    ]
    assert order.names[1].authority == "Work management"
    assert order.work[0].status_kind is WorkStatusKind.CANCELLED


def test_a_refusal_is_on_the_case_until_it_is_put_right(
    work: Work, journey: Walk, susan: User, olivia: User
) -> None:
    request = journey("construction")
    work.hear()
    work.simulator.behave("failed")
    services.report_installation(
        request=request, note="", by=request.customer.user, at=timezone.now()
    )
    work.hear()
    case = page(susan, CASE, request.reference)
    assert "Refused" in case
    assert "the simulator was told to refuse" in case
    assert work.names(order_of(request).mrid) == []
    work.simulator.behave("ok")
    [refused] = requests_about([order_of(request).mrid])
    resend(message=refused, by=olivia, at=timezone.now())
    work.hear()
    case = page(susan, CASE, request.reference)
    assert "Refused" not in case
    assert f"WM-{str(order_of(request).mrid)[:8]}" in case


def test_its_result_comes_by_its_own_number_and_is_not_asked_back(
    work: Work, journey: Walk
) -> None:
    request = journey("verification")
    work.hear()
    order = service_orders.from_element(work.system.told("ServiceOrders")[-1].payload)[0]
    visit = order.work[0]
    tasks = tuple(replace(each, status_kind=WorkStatusKind.COMPLETED) for each in visit.work_tasks)
    done = replace(visit, status_kind=WorkStatusKind.COMPLETED, work_tasks=tasks)
    [name] = (each for each in work.names(order_of(request).mrid))
    by_name = replace(order, mrid="", names=(replace(order.names[0], name=name),), work=(done,))
    before = work.hear()
    answer = work.system.send(Verb.CLOSED, "ServiceOrders", service_orders.to_element([by_name]))
    assert answer.reply.result == "OK"
    assert Row.objects.get(pk=request.pk).state == "permission_to_operate"
    assert work.hear() == before


def test_its_approval_comes_by_its_own_number(work: Work, journey: Walk) -> None:
    request = journey("engineering_review")
    assert work.hear() == [("create", "WorkRequests")]
    told = work_requests.from_element(work.system.told("WorkRequests")[0].payload)[0]
    record = ActivityRecord(created_date_time=timezone.now(), reason="Fine.", type="result")
    review = replace(told.work[0], status_kind=WorkStatusKind.APPROVED, activity_records=(record,))
    [name] = work.names(request.mrid)
    by_name = replace(told, mrid="", names=(replace(told.names[0], name=name),), work=(review,))
    work.system.send(Verb.CHANGED, "WorkRequests", work_requests.to_element([by_name]))
    assert Row.objects.get(pk=request.pk).state == "operations_review"
    assert work.hear() == [("create", "WorkRequests")]


def test_an_upgrade_is_ordered_moved_and_over(
    work: Work, journey: Walk, olivia: User, susan: User
) -> None:
    request = journey("operations_review")
    work.hear()
    held = services.hold_for_new_upgrade(
        request=request, name="A larger transformer", description="500 kVA",
        expected_on=date(2027, 4, 30), reason="Its rating.", by=olivia, at=timezone.now(),
    )  # fmt: skip
    upgrade = held.held_for
    assert work.hear()[-1] == ("create", "MaintenanceOrders")
    assert f"WM-{str(upgrade.mrid)[:8]}" in page(susan, CASE, request.reference)
    services.change_upgrade(
        upgrade=upgrade, expected_on=date(2027, 6, 1), note="Late.", by=olivia, at=timezone.now()
    )
    services.complete_network_upgrade(
        upgrade=upgrade, completed_on=date(2027, 5, 30), by=olivia, at=timezone.now()
    )
    assert work.hear()[-2:] == [("change", "MaintenanceOrders"), ("close", "MaintenanceOrders")]
    first, moved, over = (
        maintenance_orders.from_element(each.payload)[0].work[0]
        for each in work.system.told("MaintenanceOrders")
    )
    assert first.kind is WorkKind.CONSTRUCTION
    ends = [each.time_schedules[0].schedule_interval.end for each in (first, moved, over)]
    assert [end.date() for end in ends if end] == [
        date(2027, 4, 30), date(2027, 6, 1), date(2027, 5, 30),
    ]  # fmt: skip
    assert over.status_kind is WorkStatusKind.COMPLETED


def test_an_upgrade_that_was_planned_before_is_asked_for_once_and_by_holding(
    work: Work, maria: User, susan: User, erik: User, olivia: User, frank: User, stranger: User
) -> None:
    first = Journey(maria, susan, erik, olivia, frank)
    upgrade = first.go_to("held_for_upgrade").held_for
    other = Journey(stranger, susan, erik, olivia, frank)
    services.hold_for_network_upgrade(
        request=other.go_to("operations_review"), upgrade=upgrade, reason="The same.",
        by=olivia, at=other.now,
    )  # fmt: skip
    assert work.hear().count(("create", "MaintenanceOrders")) == 1


def test_a_system_that_wants_events_gets_them(journey: Walk, live_server: Any) -> None:
    told = System(make_endpoint("Events", kind="work_management"), live_server.url)
    journey("verification")
    verbs = [each.header.verb for each in told.told("WorkRequests")]
    assert verbs == [Verb.CREATED, Verb.CHANGED]


def test_over_soap_an_untyped_request_has_its_own_action(work: Work, journey: Walk) -> None:
    from exchange.services.encoding import SoapEncoding

    change_settings(
        endpoint=work.endpoint, is_typed=False, by=None, at=timezone.now(), reason="Untyped."
    )
    request = journey("engineering_review")
    [message] = work.endpoint.messages.filter(object_mrid=request.mrid)
    assert read(bytes(message.body)).header.verb is Verb.CREATE
    headers = SoapEncoding().headers(bytes(message.body))
    assert headers["SOAPAction"] == '"urn:derportal:cim:2026:Messages/Request"'


def test_a_derms_is_never_asked_for_work(work: Work) -> None:
    with pytest.raises(EndpointRefused, match="Only work management is asked"):
        make_endpoint("DERMS", takes_requests=True)
    with pytest.raises(EndpointRefused, match="in CIM XML"):
        change_settings(
            endpoint=work.endpoint, format="json", by=None, at=timezone.now(), reason="JSON."
        )


def test_the_command_registers_a_system_that_is_asked(db: None) -> None:
    call_command("register_endpoint", "WMS", "http://127.0.0.1:9/w", "--work-management",
                 "--requests")  # fmt: skip
    assert endpoint_named("WMS").takes_requests


def test_the_case_costs_no_query_more_for_more_requests(
    work: Work, journey: Walk, susan: User
) -> None:
    request, counts = journey("engineering_review"), []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            page(susan, CASE, request.reference)
        counts.append(sum("exchange_" in each["sql"] for each in queries))
        for version in range(2, 30):
            send(work.endpoint, request.mrid, verb="change", version=version)
    assert counts == [2, 2]


class TestBuilders:
    """SR6, WR1: the system that was asked for an upgrade tells how it goes."""

    @pytest.fixture
    def held(self, work: Work, journey: Walk) -> Row:
        """A request that waits for an upgrade."""
        request = journey("held_for_upgrade")
        work.hear()
        return request

    def tell(
        self, work: Work, verb: Verb, status: WorkStatusKind, *, name: str = "", **changes: Any
    ) -> Any:
        """The order as it was asked for, with another status; its answer."""
        told = maintenance_orders.from_element(work.system.told("MaintenanceOrders")[-1].payload)[0]
        told = replace(told, work=(replace(told.work[0], status_kind=status, **changes),))
        if name:
            told = replace(told, mrid="", names=(replace(told.names[0], name=name),))
        payload = maintenance_orders.to_element([told])
        return work.system.send(verb, "MaintenanceOrders", payload).reply

    def test_when_it_is_built_whoever_waits_goes_on(self, work: Work, held: Row) -> None:
        before = work.hear()
        [name] = work.names(held.held_for.mrid)
        reply = self.tell(work, Verb.CLOSED, WorkStatusKind.COMPLETED, name=name)
        assert reply.result == "OK"
        assert Row.objects.get(pk=held.pk).state != "held_for_upgrade"
        upgrade = all_upgrades().get(mrid=held.held_for.mrid)
        assert (upgrade.state, upgrade.completed_on) == ("completed", local_date(timezone.now()))
        assert ("close", "MaintenanceOrders") not in work.hear()[len(before) :]
        again = self.tell(work, Verb.CLOSED, WorkStatusKind.COMPLETED, name=name)
        assert [(error.code, error.id.value) for error in again.errors] == [("6.1", name)]

    def test_a_later_day_is_on_record_with_its_reason(self, work: Work, held: Row) -> None:
        interval = Interval(end=datetime(2027, 9, 30, 16, tzinfo=UTC))
        late = WorkTimeSchedule(kind=WorkTimeScheduleKind.LATEST, schedule_interval=interval)
        why = ActivityRecord(created_date_time=timezone.now(), reason="No steel.", type="delay")
        facts = {"time_schedules": (late,), "activity_records": (why,)}
        for _ in range(2):
            reply = self.tell(work, Verb.CHANGED, WorkStatusKind.WAITING_ON_MATERIAL, **facts)
            assert reply.result == "OK"
        upgrade = all_upgrades().get(mrid=held.held_for.mrid)
        assert upgrade.expected_on == date(2027, 9, 30)
        moves = [(move.transition, move.note) for move in history_of(upgrade)]
        assert moves.count(("change", "No steel.")) == 1
        assert Row.objects.get(pk=held.pk).state == "held_for_upgrade"

    def test_what_becomes_of_those_who_wait_is_not_the_builders_to_say(
        self, work: Work, held: Row
    ) -> None:
        reply = self.tell(work, Verb.CHANGED, WorkStatusKind.CANCELLED)
        assert [error.code for error in reply.errors] == ["6.1"]
        assert "Operations" in reply.errors[0].reason
        nobody = self.tell(work, Verb.CLOSED, WorkStatusKind.COMPLETED, name="WM-unknown")
        assert [(error.code, error.id.value) for error in nobody.errors] == [("2.15", "WM-unknown")]
        assert Row.objects.get(pk=held.pk).state == "held_for_upgrade"

    def test_the_system_may_call_it_by_a_uuid_of_its_own(self, work: Work, held: Row) -> None:
        name = str(uuid4())
        ObjectName.objects.filter(object_mrid=held.held_for.mrid).update(name=name)
        assert self.tell(work, Verb.CLOSED, WorkStatusKind.CLOSED, name=name).result == "OK"
        assert Row.objects.get(pk=held.pk).state != "held_for_upgrade"

    def test_that_work_was_put_on_the_books_decides_nothing(self, work: Work, held: Row) -> None:
        reply = self.tell(work, Verb.CREATED, WorkStatusKind.SCHEDULED)
        assert reply.result == "OK"
        assert Row.objects.get(pk=held.pk).state == "held_for_upgrade"
