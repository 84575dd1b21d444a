"""Engineering's and the crews' work-management system, over the wire (F31-B, SO1, WR1, SR7).

The portal tells it what is asked; it answers with changed and closed orders, and they have the
effect that a person's decision has.
"""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from lxml import etree

from cim.elements import add
from cim.envelope import Message, ReplyResult, Verb
from cim.messages import build_query
from cim.nouns import NOUNS
from cim.profiles import service_orders, work_requests
from cim.profiles.service_orders import ServiceOrder
from cim.profiles.work import ActivityRecord, WorkStatusKind
from cim.profiles.work_requests import WorkRequest
from customers.selectors import User
from derportal.api import throttling
from enrollment import services
from enrollment.models import ServiceRequest as Row
from enrollment.selectors import timeline_of
from exchange.models import InboundMessage, Publication
from exchange.tests.factories import make_endpoint
from workorders.selectors import WorkOrder, work_orders_of

from .journey import Walk
from .systems import System, codes, errors_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_throttle() -> None:
    throttling._counts.clear()


@pytest.fixture
def work(live_server: Any) -> System:
    """The work-management system."""
    return System(make_endpoint("Work management", kind="work_management"), live_server.url)


def told_order(work: System, order: WorkOrder) -> ServiceOrder:
    """The order as the system got it."""
    [message] = work.told("ServiceOrders", order.mrid)[-1:]
    return service_orders.from_element(message.payload)[0]


def finished(
    told: ServiceOrder, status: WorkStatusKind, tasks: dict[int, WorkStatusKind], reason: str = ""
) -> ServiceOrder:
    """The order as the crew leaves it."""
    visit = told.work[0]
    record = ActivityRecord(created_date_time=timezone.now(), reason=reason, type="result")
    done = tuple(
        replace(
            task,
            status_kind=tasks.get(place, WorkStatusKind.COMPLETED),
            instruction="as seen",
            assets=tuple(replace(each, serial_number=f"S-{place}") for each in task.assets),
        )
        for place, task in enumerate(visit.work_tasks, start=1)
    )
    changed = replace(
        visit, status_kind=status, work_tasks=done, activity_records=(record,) if reason else ()
    )
    return replace(told, work=(changed,))


def report(work: System, order: ServiceOrder, verb: Verb = Verb.CLOSED) -> Message:
    return work.send(verb, "ServiceOrders", service_orders.to_element([order]))


def asked_by(work: System, kind: str, name: str, text: str) -> Message:
    """The answer to a typed get that names an object in the element of the noun."""
    space = NOUNS["ServiceOrders"].query_namespace
    query = etree.Element(etree.QName(space, "GetServiceOrders"))
    place = add(query, kind)
    for part in name.split("/"):
        place = add(place, part)
    place.text = text
    return work.post(
        build_query(
            "ServiceOrders",
            query,
            message_id=uuid4(),
            correlation_id=uuid4(),
            timestamp=timezone.now(),
            source=work.endpoint.name,
            context=work.endpoint.context,
        )
    )


def order_of(request: Row) -> WorkOrder:
    return work_orders_of(request.mrid)[0]


class TestVisits:
    def test_the_crew_is_told_what_to_check_and_where(self, work: System, journey: Walk) -> None:
        request = journey("verification")
        order = order_of(request)
        [message] = work.told("ServiceOrders", order.mrid)
        assert message.header.verb is Verb.CREATED
        told = told_order(work, order)
        visit = told.work[0]
        assert told.names[0].name == order.number
        assert [task.subject for task in visit.work_tasks] == [
            item.question for item in order.items.all()
        ]
        [address] = work.told("ServiceOrders", order.mrid)[0].payload.iter("{*}addressGeneral")
        assert (address.text or "?") in order.address
        assert "Maria" not in message_text(work)

    def test_what_a_change_leaves_out_stays(self, work: System, journey: Walk) -> None:
        request = journey("verification")
        told = told_order(work, order_of(request))
        first, second = told.work[0].work_tasks[:2]
        for task, status in ((first, WorkStatusKind.COMPLETED), (second, WorkStatusKind.APPROVED)):
            only = service_orders.WorkTask(names=task.names, status_kind=status)
            visit = service_orders.Work(work_tasks=(only,))
            change = ServiceOrder(mrid=told.mrid, work=(visit,))
            payload = service_orders.to_element([change], is_partial=True)
            answer = work.send(Verb.CHANGE, "ServiceOrders", payload)
            assert answer.reply.result is ReplyResult.OK, errors_of(answer)
        order = order_of(request)
        assert [each.answer for each in order.items.all()][:2] == ["pass", "pass"]
        assert order.state == "issued"

    @pytest.mark.parametrize("verb", [Verb.CLOSED, Verb.CLOSE, Verb.CHANGED])
    def test_a_completed_order_gives_permission_to_operate(
        self, work: System, journey: Walk, verb: Verb
    ) -> None:
        derms = make_endpoint()
        request = journey("verification")
        told = told_order(work, order_of(request))
        answer = report(work, finished(told, WorkStatusKind.COMPLETED, {}), verb)
        assert answer.reply.result is ReplyResult.OK, errors_of(answer)
        assert Row.objects.get(pk=request.pk).state == "permission_to_operate"
        assert order_of(request).state == "passed"
        unit = request.proposed_der.units.get()
        unit.refresh_from_db()
        assert unit.serial_numbers == "S-1"
        assert Publication.objects.filter(endpoint=derms).count() == 1
        last = timeline_of(request).last()
        assert (last.transition, str(last.by)) == ("pass_verification", "Work management")
        assert work.told("ServiceOrders", order_of(request).mrid)[-1].header.verb is Verb.CLOSED

    @pytest.mark.parametrize("status", [WorkStatusKind.CANCELLED, WorkStatusKind.COMPLETED])
    def test_a_task_that_failed_sends_the_installer_back(
        self, work: System, journey: Walk, status: WorkStatusKind
    ) -> None:
        request = journey("verification")
        told = told_order(work, order_of(request))
        result = finished(told, status, {2: WorkStatusKind.CANCELLED}, "No label.")
        assert report(work, result).reply.result is ReplyResult.OK
        assert Row.objects.get(pk=request.pk).state == "construction"
        order = order_of(request)
        assert (order.state, order.result_note) == ("failed", "No label.")
        assert [item.answer for item in order.items.all()][:2] == ["pass", "fail"]
        assert order.items.all()[1].found == "as seen"

    def test_a_failure_needs_its_reason_and_its_task(self, work: System, journey: Walk) -> None:
        request = journey("verification")
        told = told_order(work, order_of(request))
        no_reason = finished(told, WorkStatusKind.CANCELLED, {1: WorkStatusKind.CANCELLED})
        assert errors_of(report(work, no_reason)) == [("6.1", "reason: Give the reason.")]
        no_task = finished(told, WorkStatusKind.CANCELLED, {}, "Dog.")
        assert codes(report(work, no_task)) == ["6.1"]
        assert Row.objects.get(pk=request.pk).state == "verification"

    def test_progress_is_kept_and_decides_nothing(self, work: System, journey: Walk) -> None:
        request = journey("verification")
        told = told_order(work, order_of(request))
        waiting = dict.fromkeys(range(2, 30), WorkStatusKind.SCHEDULED)
        under_way = finished(told, WorkStatusKind.ON_SITE, waiting)
        assert report(work, under_way, Verb.CHANGED).reply.result is ReplyResult.OK
        answers = [item.answer for item in order_of(request).items.all()]
        assert answers == ["pass", *[""] * (len(answers) - 1)]
        assert Row.objects.get(pk=request.pk).state == "verification"

    def test_a_copy_of_a_result_is_one_result(self, work: System, journey: Walk) -> None:
        request = journey("verification")
        report(work, finished(told_order(work, order_of(request)), WorkStatusKind.CLOSED, {}))
        first = work.answer
        work.post(work.sent)
        assert work.answer == first
        assert timeline_of(request).filter(transition="pass_verification").count() == 1

    def test_a_finished_order_takes_no_second_result(self, work: System, journey: Walk) -> None:
        request = journey("verification")
        told = told_order(work, order_of(request))
        report(work, finished(told, WorkStatusKind.CLOSED, {}))
        again = report(
            work, finished(told, WorkStatusKind.CANCELLED, {1: WorkStatusKind.CANCELLED})
        )
        assert codes(again) == ["6.1"]

    def test_the_crew_is_told_that_a_visit_is_off(
        self, work: System, journey: Walk, maria: User
    ) -> None:
        request = journey("verification")
        services.withdraw(request=request, reason="", by=maria, at=timezone.now())
        told = work.told("ServiceOrders", order_of(request).mrid)
        assert [message.header.verb for message in told] == [Verb.CREATED, Verb.CANCELED]

    def test_open_visits_can_be_asked_for(self, work: System, journey: Walk) -> None:
        order = order_of(journey("verification"))
        for ids in ((), (str(order.mrid),), (order.number,)):
            answer = work.send(Verb.GET, "ServiceOrders", None, *ids)
            [told] = service_orders.from_element(answer.payload)
            assert told.mrid == str(order.mrid)
        assert codes(work.send(Verb.GET, "ServiceOrders", None, str(uuid4()))) == ["2.15"]

    def test_visits_are_asked_for_as_in_the_public_schema(
        self, work: System, journey: Walk
    ) -> None:
        order = order_of(journey("verification"))
        for name, text in (("mRID", str(order.mrid)), ("Names/name", order.number)):
            answer = asked_by(work, "ServiceOrder", name, text)
            [told] = service_orders.from_element(answer.payload)
            assert told.mrid == str(order.mrid)
        assert codes(asked_by(work, "ServiceOrder", "mRID", str(uuid4()))) == ["2.15"]
        assert codes(asked_by(work, "Customer", "mRID", str(uuid4()))) == ["1.6"]

    def test_nobody_else_reports_or_reads(
        self, work: System, live_server: Any, journey: Walk
    ) -> None:
        request = journey("verification")
        told = told_order(work, order_of(request))
        derms = System(make_endpoint(), live_server.url)
        assert codes(report(derms, finished(told, WorkStatusKind.CLOSED, {}))) == ["7.5"]
        assert codes(derms.send(Verb.GET, "ServiceOrders")) == ["7.5"]
        assert Row.objects.get(pk=request.pk).state == "verification"
        assert InboundMessage.objects.filter(state="refused").count() == 2

    def test_an_unknown_order_is_named(self, work: System, journey: Walk) -> None:
        told = told_order(work, order_of(journey("verification")))
        unknown = replace(finished(told, WorkStatusKind.CLOSED, {}), mrid=str(uuid4()))
        answer = report(work, unknown)
        assert (codes(answer), answer.reply.errors[0].id.value) == (["2.15"], unknown.mrid)


def message_text(work: System) -> str:
    """Everything that waits for the system, as text."""
    return "".join(bytes(each.body).decode() for each in work.endpoint.messages.all())


def decided(told: WorkRequest, status: WorkStatusKind, reason: str) -> WorkRequest:
    record = ActivityRecord(created_date_time=timezone.now(), reason=reason, type="result")
    review = replace(told.work[0], status_kind=status, activity_records=(record,))
    return replace(told, work=(review,))


class TestReviews:
    def asked(self, work: System, request: Row) -> WorkRequest:
        [message] = work.told("WorkRequests", request.mrid)
        assert message.header.verb is Verb.CREATED
        [told] = work_requests.from_element(message.payload)
        assert told.work[0].status_kind is WorkStatusKind.WAITING_ON_APPROVAL
        return told

    def decide(
        self, work: System, told: WorkRequest, status: WorkStatusKind, reason: str
    ) -> Message:
        payload = work_requests.to_element([decided(told, status, reason)])
        return work.send(Verb.CHANGED, "WorkRequests", payload)

    def test_an_approval_goes_on_to_operations(self, work: System, journey: Walk) -> None:
        request = journey("engineering_review")
        told = self.asked(work, request)
        answer = self.decide(work, told, WorkStatusKind.APPROVED, "All screens pass.")
        assert answer.reply.result is ReplyResult.OK, errors_of(answer)
        fresh = Row.objects.get(pk=request.pk)
        assert (fresh.state, str(fresh.engineering_by)) == ("operations_review", "Work management")
        outcome = work.told("WorkRequests", request.mrid)[-1]
        [last] = work_requests.from_element(outcome.payload)
        assert last.work[0].status_kind is WorkStatusKind.APPROVED

    def test_a_change_names_the_request_and_what_changes(self, work: System, journey: Walk) -> None:
        request = journey("engineering_review")
        told = self.asked(work, request)
        record = ActivityRecord(reason="All screens pass.")
        only = work_requests.Work(status_kind=WorkStatusKind.APPROVED, activity_records=(record,))
        change = WorkRequest(mrid=told.mrid, work=(only,))
        payload = work_requests.to_element([change], is_partial=True)
        answer = work.send(Verb.CHANGE, "WorkRequests", payload)
        assert answer.reply.result is ReplyResult.OK, errors_of(answer)
        assert Row.objects.get(pk=request.pk).state == "operations_review"

    def test_a_change_without_work_changes_nothing(self, work: System, journey: Walk) -> None:
        request = journey("engineering_review")
        change = WorkRequest(mrid=self.asked(work, request).mrid)
        payload = work_requests.to_element([change], is_partial=True)
        answer = work.send(Verb.CHANGE, "WorkRequests", payload)
        assert answer.reply.result is ReplyResult.OK, errors_of(answer)
        assert Row.objects.get(pk=request.pk).state == "engineering_review"

    def test_a_close_says_how_it_ended(self, work: System, journey: Walk) -> None:
        request = journey("engineering_review")
        change = WorkRequest(mrid=self.asked(work, request).mrid)
        payload = work_requests.to_element([change], is_partial=True)
        assert codes(work.send(Verb.CLOSE, "WorkRequests", payload)) == ["1.7"]
        assert Row.objects.get(pk=request.pk).state == "engineering_review"

    def test_a_refusal_declines_with_its_reason(self, work: System, journey: Walk) -> None:
        request = journey("engineering_review")
        told = self.asked(work, request)
        self.decide(work, told, WorkStatusKind.CANCELLED, "The feeder is full.")
        assert Row.objects.get(pk=request.pk).state == "declined"
        assert timeline_of(request).last().note == "The feeder is full."

    def test_a_decision_needs_its_reason(self, work: System, journey: Walk) -> None:
        request = journey("engineering_review")
        told = self.asked(work, request)
        answer = self.decide(work, told, WorkStatusKind.APPROVED, " ")
        assert codes(answer) == ["6.1"]
        assert Row.objects.get(pk=request.pk).state == "engineering_review"

    def test_being_scheduled_decides_nothing(self, work: System, journey: Walk) -> None:
        request = journey("engineering_review")
        told = self.asked(work, request)
        answer = self.decide(work, told, WorkStatusKind.SCHEDULED, "Tuesday.")
        assert answer.reply.result is ReplyResult.OK
        assert Row.objects.get(pk=request.pk).state == "engineering_review"

    def test_a_decision_out_of_turn_is_refused(self, work: System, journey: Walk) -> None:
        request = journey("operations_review")
        told = work_requests.from_element(work.told("WorkRequests", request.mrid)[0].payload)[0]
        answer = self.decide(work, told, WorkStatusKind.APPROVED, "Late.")
        assert codes(answer) == ["6.1"]

    def test_a_review_that_is_no_longer_wanted_is_told(
        self, work: System, journey: Walk, maria: User
    ) -> None:
        request = journey("engineering_review")
        services.withdraw(request=request, reason="Sold.", by=maria, at=timezone.now())
        told = work.told("WorkRequests", request.mrid)
        assert [message.header.verb for message in told] == [Verb.CREATED, Verb.CANCELED]

    def test_nobody_else_decides(self, work: System, live_server: Any, journey: Walk) -> None:
        told = self.asked(work, journey("engineering_review"))
        derms = System(make_endpoint(), live_server.url)
        answer = self.decide(derms, told, WorkStatusKind.APPROVED, "Fine.")
        assert codes(answer) == ["7.5"]

    def test_an_unknown_review_is_named(self, work: System, journey: Walk) -> None:
        told = replace(self.asked(work, journey("engineering_review")), mrid=str(uuid4()))
        assert codes(self.decide(work, told, WorkStatusKind.APPROVED, "Fine.")) == ["2.15"]
