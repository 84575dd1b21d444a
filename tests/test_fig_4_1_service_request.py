"""Figure 4-1: one service request from draft to permission to operate, with everybody in it.

Maria applies, Susan misses something on the diagram, Erik approves, Olivia holds for a network
upgrade, Frank finds a missing disconnect switch and comes again. Rows SR2 to SR8, CA2, F31-A, B.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from customers.selectors import User, notifications_about
from engineering.models import Screening
from enrollment import services
from enrollment.models import ServiceRequest, StageClock
from enrollment.notices import NOTICES
from enrollment.selectors import offered_agreement, timeline_of
from tariffs.selectors import agreements_of, text_to_accept
from workflow.services import TransitionRefused
from workorders.selectors import WorkOrder, work_orders_of
from workorders.services import Finding

from .factories import diagram_png
from .journey import Journey

pytestmark = pytest.mark.django_db


def moment(month: int, day: int, year: int = 2026, hour: int = 10) -> datetime:
    """An hour of the utility's morning (the hour is local standard time)."""
    return datetime(year, month, day, hour + 8, tzinfo=UTC)


@dataclass
class Story(Journey):
    """The journey with its detours."""

    def apply(self) -> None:
        """Fill in and send on Monday, November 2."""
        self.now = moment(11, 1, hour=13)
        self.go_to("completeness_review")

    def mend(self) -> None:
        """Maria uploads another diagram and sends the application back."""
        services.upload_diagram(
            request=self.fresh(), upload=diagram_png(), by=self.applicant, at=self.now
        )
        services.supply_information(
            request=self.fresh(), answer="It is marked now.", by=self.applicant, at=self.now
        )

    def lift(self) -> list[ServiceRequest]:
        """Operations completes the upgrade that this request waits for."""
        upgrade = self.fresh().held_for
        return services.complete_network_upgrade(
            upgrade=upgrade, completed_on=self.now.date(), by=self.operator, at=self.now
        )

    def order(self) -> WorkOrder:
        """The latest visit's work order."""
        return work_orders_of(self.request.mrid)[0]

    def fail(self) -> None:
        """Frank misses the disconnect switch."""
        first, *others = self.order().items.all()
        services.fail_verification(
            order=self.order(),
            findings=[
                Finding(first.pk, "fail", "the switch is missing"),
                *(Finding(item.pk, "pass") for item in others),
            ],
            note="Mount the AC disconnect switch beside the meter.",
            by=self.crew,
            at=self.now,
        )

    def pass_visit(self) -> ServiceRequest:
        """Everything is as on the diagram."""
        items = self.order().items.all()
        return services.pass_verification(
            order=self.order(),
            findings=[Finding(item.pk, "pass", "as expected") for item in items],
            serial_numbers={unit.pk: "A1 A2 A3" for unit in self.fresh().der.units.all()},
            note="",
            by=self.crew,
            at=self.now,
        )

    def prove_communication(self) -> None:
        """Erik reads the inverter."""
        services.record_communication_test(
            request=self.fresh(), note="Read over IEEE 2030.5.", by=self.engineer, at=self.now
        )


Visit = tuple[datetime, Any]
DEFICIENCY: list[Visit] = [
    (moment(11, 5), Story.ask),
    (moment(11, 10), Story.mend),
]
DECISIONS: list[Visit] = [
    (moment(11, 12), Story.complete),
    (moment(11, 16), Story.approve_engineering),
    (moment(11, 17), Story.hold),
    (moment(12, 1), Story.lift),
    (moment(12, 2), Story.approve_operations),
    (moment(12, 3), Story.sign),
]
VISITS: list[Visit] = [
    (moment(1, 11, 2027), Story.report),
    (moment(1, 14, 2027), Story.fail),
    (moment(1, 19, 2027), Story.report),
    (moment(1, 21, 2027), Story.pass_visit),
]
FROM_SUBMISSION = [
    Story.submit,
    Story.complete,
    Story.approve_engineering,
    Story.approve_operations,
    Story.sign,
    Story.report,
]


@pytest.fixture
def story(maria: User, susan: User, erik: User, olivia: User, frank: User) -> Story:
    """Maria's application, sent."""
    story = Story(maria, susan, erik, olivia, frank)
    story.apply()
    return story


def tell(story: Story, *parts: list[Visit]) -> ServiceRequest:
    """Let these days pass."""
    for part in parts:
        for story.now, step in part:
            step(story)
    return story.fresh()


def test_the_whole_journey_is_on_record_with_who_did_what(story: Story) -> None:
    request = tell(story, DEFICIENCY, DECISIONS, VISITS)

    assert [(c.transition, c.target, str(c.by or "-")) for c in timeline_of(request)] == [
        ("submit", "completeness_review", "Maria Alvarez"),
        ("request_missing_information", "information_needed", "Susan Cho"),
        ("return_to_completeness", "completeness_review", "Maria Alvarez"),
        ("confirm_complete", "engineering_review", "Susan Cho"),
        ("approve_engineering", "operations_review", "Erik Lindqvist"),
        ("hold_for_network_upgrade", "held_for_upgrade", "Olivia Okafor"),
        ("resume_after_upgrade", "operations_review", "-"),
        ("approve_operations", "agreement_offered", "Olivia Okafor"),
        ("sign_agreement", "construction", "Maria Alvarez"),
        ("report_installation", "verification", "Maria Alvarez"),
        ("fail_verification", "construction", "Frank Weber"),
        ("report_installation", "verification", "Maria Alvarez"),
        ("pass_verification", "permission_to_operate", "Frank Weber"),
    ]


def test_each_state_change_begins_where_the_last_one_ended(story: Story) -> None:
    changes = list(timeline_of(tell(story, DEFICIENCY, DECISIONS, VISITS)))

    assert changes[0].source == "draft"
    assert [c.source for c in changes[1:]] == [c.target for c in changes[:-1]]
    assert [c.at for c in changes] == sorted(c.at for c in changes)


def test_the_clocks_have_due_dates_and_say_why_they_stopped(story: Story) -> None:
    """Business days with Veterans Day, Thanksgiving and Martin Luther King Day left out."""
    request = tell(story, DEFICIENCY, DECISIONS, VISITS)

    waiting = "Waiting for the applicant: information is missing."
    upgrade = "Waiting for a network upgrade."
    assert [clock_facts(clock) for clock in request.clocks.all()] == [
        ("completeness_review", "utility", 10, date(2026, 11, 17), 3, waiting),
        ("information_needed", "applicant", 10, date(2026, 11, 20), 3, ""),
        ("completeness_review", "utility", 7, date(2026, 11, 20), 1, ""),
        ("engineering_review", "utility", 15, date(2026, 12, 4), 2, ""),
        ("operations_review", "utility", None, None, 1, upgrade),
        ("held_for_upgrade", "utility", None, None, 9, ""),
        ("operations_review", "utility", None, None, 1, ""),
        ("agreement_offered", "applicant", None, None, 1, ""),
        ("construction", "applicant", None, date(2027, 12, 3), 25, ""),
        ("verification", "crew", 10, date(2027, 1, 26), 3, ""),
        ("construction", "applicant", None, date(2028, 1, 14), 2, ""),
        ("verification", "crew", 10, date(2027, 2, 2), 2, ""),
    ]
    assert all(clock.stopped_at for clock in request.clocks.all())


def clock_facts(clock: StageClock) -> tuple[Any, ...]:
    return (
        clock.state,
        clock.owner,
        clock.days_allowed,
        clock.due_on,
        clock.days_used,
        clock.stop_reason,
    )


def test_the_utility_clock_stops_for_the_cure_and_goes_on_with_the_days_that_are_left(
    story: Story,
) -> None:
    asked = tell(story, DEFICIENCY[:1])
    first, cure = asked.clocks.all()
    assert (first.days_allowed, first.days_used) == (10, 3)
    assert first.stopped_at == cure.started_at == moment(11, 5)
    assert (cure.owner, cure.due_on) == ("applicant", date(2026, 11, 20))

    back = tell(story, DEFICIENCY[1:])
    assert back.clocks.get(stopped_at=None).days_allowed == 7


def test_the_customer_is_told_at_every_step_in_text_and_html(story: Story) -> None:
    request = tell(story, DEFICIENCY, DECISIONS, VISITS)

    notices = list(notifications_about(request.mrid).order_by("id"))
    moves = [change.transition for change in timeline_of(request)]
    assert [notice.kind for notice in notices] == moves
    for notice in notices:
        words = NOTICES[notice.kind]
        assert notice.subject == f"{request.reference}: {words.subject}"
        assert notice.customer == request.customer
        for part in (notice.text, notice.html):
            assert words.lead in part
            assert f"/applications/{request.reference}/" in part
        assert "<" not in notice.text
        assert notice.html.startswith("<!doctype html>")


def test_a_notice_names_what_to_mend_the_upgrade_and_what_the_crew_found(story: Story) -> None:
    request = tell(story, DEFICIENCY, DECISIONS, VISITS)

    told = {notice.kind: notice for notice in notifications_about(request.mrid)}
    for part in ("text", "html"):
        said = {kind: getattr(notice, part) for kind, notice in told.items()}
        assert "corrected one-line diagram" in said["request_missing_information"]
        assert "larger service transformer" in said["hold_for_network_upgrade"]
        assert "April 30, 2027" in said["hold_for_network_upgrade"]
        assert "AC disconnect switch" in said["fail_verification"]
        assert "April 30, 2027" not in said["approve_operations"]


def test_the_e_mails_go_out_once_with_both_parts(story: Story, mailoutbox: list[Any]) -> None:
    from customers.services import send_due_notifications

    tell(story, DEFICIENCY)
    assert send_due_notifications(at=story.now) == 3
    assert send_due_notifications(at=story.now) == 0

    for mail in mailoutbox:
        assert mail.to == ["maria@customer.example"]
        assert [kind for _, kind in mail.alternatives] == ["text/html"]


def test_only_what_was_asked_for_can_be_changed(story: Story) -> None:
    request = tell(story, DEFICIENCY[:1])
    unit = request.der.units.get()

    with pytest.raises(ValidationError, match="cannot be changed now"):
        services.change_equipment(
            request=request, unit=unit, equipment=unit.equipment, quantity=40, by=story.applicant
        )
    with pytest.raises(ValidationError, match="cannot be changed now"):
        story.describe()
    services.upload_diagram(request=request, upload=diagram_png(), by=story.applicant, at=story.now)

    assert request.der.units.get().quantity == 10


def test_an_application_goes_back_only_when_everything_asked_for_is_mended(story: Story) -> None:
    request = tell(story, DEFICIENCY[:1])

    with pytest.raises(TransitionRefused, match="Still open: The AC disconnect switch is missing"):
        services.supply_information(
            request=request, answer="Please go on.", by=story.applicant, at=story.now
        )


def test_nothing_restarts_after_the_cure(story: Story) -> None:
    before = tell(story, DEFICIENCY[:1])
    after = tell(story, DEFICIENCY[1:])

    assert after.state == "completeness_review"
    for kept in ("reference", "submitted_at", "submitted_by", "tariff_version", "der"):
        assert getattr(after, kept) == getattr(before, kept)
    assert agreements_of(after.der).count() == 1
    assert Screening.objects.filter(service_request_mrid=after.mrid).count() == 2
    assert after.attachments.filter(removed_at=None).count() == 1


def test_a_question_from_engineering_comes_back_to_engineering(story: Story) -> None:
    story.complete()
    services.request_information(
        request=story.fresh(),
        problems={"operation": "Say which inverter limits the export."},
        note="",
        by=story.engineer,
        at=story.now,
    )
    with pytest.raises(ValidationError):
        story.upload()
    story.describe()

    returned = services.supply_information(
        request=story.fresh(), answer="Both.", by=story.applicant, at=story.now
    )
    assert returned.state == "engineering_review"


def test_lifting_the_upgrade_resumes_every_request_that_was_held_for_it(
    story: Story, stranger: User
) -> None:
    tell(story, DECISIONS[:3])
    upgrade = story.fresh().held_for
    assert upgrade is not None
    neighbor = Journey(
        stranger, story.support, story.engineer, story.operator, story.crew, now=moment(11, 18)
    )
    neighbor.go_to("operations_review")
    services.hold_for_network_upgrade(
        request=neighbor.fresh(),
        upgrade=upgrade,
        reason="The same transformer.",
        by=story.operator,
        at=neighbor.now,
    )

    story.now = moment(12, 1)
    resumed = story.lift()

    assert {each.pk for each in resumed} == {story.request.pk, neighbor.request.pk}
    for each in (story, neighbor):
        assert each.fresh().state == "operations_review"
        assert each.request.held_for is None
        assert notifications_about(each.request.mrid)[0].kind == "resume_after_upgrade"


def test_a_request_held_for_another_upgrade_stays_held(story: Story, stranger: User) -> None:
    tell(story, DECISIONS[:3])
    other = Journey(stranger, story.support, story.engineer, story.operator, story.crew)
    other.go_to("operations_review")
    services.hold_for_new_upgrade(
        request=other.fresh(),
        name="A second feeder regulator",
        description="",
        expected_on=date(2027, 6, 1),
        reason="Voltage at the end of the feeder.",
        by=story.operator,
        at=other.now,
    )

    story.lift()

    assert other.fresh().state == "held_for_upgrade"


def test_the_signed_agreement_supersedes_the_accepted_one_and_is_active_from_operation(
    story: Story,
) -> None:
    tell(story, DEFICIENCY, DECISIONS[:-1])
    shown = offered_agreement(story.fresh())
    request = tell(story, DECISIONS[-1:], VISITS)

    signed, accepted = agreements_of(request.der)
    assert accepted.superseded_at == signed.accepted_at == moment(12, 3)
    assert accepted.active_from is None
    assert (signed.active_from, signed.active_to) == (moment(1, 21, 2027), None)
    assert signed.text == shown.text
    assert f"Application {request.reference}." in signed.text
    assert "Export to the network is limited to 2000 W." in signed.text
    assert accepted.text == text_to_accept(request.tariff_version).text
    for agreement in (signed, accepted):
        assert agreement.text_sha256 == sha256(agreement.text.encode()).hexdigest()
        assert (agreement.accepted_by, agreement.accepted_name) == (
            story.applicant,
            "Maria Alvarez",
        )


def test_nobody_signs_a_text_that_differs_from_the_one_shown(story: Story) -> None:
    from tariffs.services import TextChanged

    tell(story, DECISIONS[:2])
    story.approve_operations()
    with pytest.raises(TextChanged):
        services.sign_agreement(
            request=story.fresh(),
            name="Maria Alvarez",
            text_sha256="0" * 64,
            by=story.applicant,
            at=story.now,
        )
    assert story.fresh().state == "agreement_offered"


def test_a_failed_visit_gives_a_second_work_order_and_keeps_the_first(story: Story) -> None:
    request = tell(story, DECISIONS, VISITS[:3])

    second, first = work_orders_of(request.mrid)
    assert (first.visit, first.state, str(first.finished_by)) == (1, "failed", "Frank Weber")
    assert first.items.get(answer="fail").found == "the switch is missing"
    assert (second.visit, second.state) == (2, "issued")
    assert [item.answer for item in second.items.all()] == [""] * first.items.count()


def test_permission_to_operate_makes_the_der_active(story: Story) -> None:
    request = tell(story, DECISIONS, VISITS)

    assert request.operated_from == moment(1, 21, 2027)
    der = request.der
    assert (der.state, der.active_from, der.version) == ("active", moment(1, 21, 2027), 1)
    assert der.units.get().serial_numbers == "A1 A2 A3"
    assert not request.is_open


def test_a_tariff_that_needs_communication_waits_for_its_proof(
    maria: User, susan: User, erik: User, olivia: User, frank: User
) -> None:
    story = Story(maria, susan, erik, olivia, frank)
    story.go_to("filled")
    services.describe_operation(
        request=story.fresh(),
        export_limit_w=None,
        communication_protocol="csip_aus",
        provider=None,
        wanted_on=date(2027, 3, 1),
        notes="",
        by=maria,
    )
    story.tariff = "SAPN-FLEX-EXPORTS"
    story.accept()
    tell(story, [(moment(11, 2), step) for step in FROM_SUBMISSION])
    assert story.request.tariff_version.tariff.code == "SAPN-FLEX-EXPORTS"

    with pytest.raises(TransitionRefused, match="it has not been proven yet"):
        story.pass_visit()
    assert story.fresh().state == "verification"
    assert story.order().state == "issued"
    assert story.fresh().der.state == "proposed"

    story.prove_communication()
    assert story.pass_visit().state == "permission_to_operate"


def test_only_support_and_engineering_prove_communication(story: Story) -> None:
    for person in (story.applicant, story.operator, story.crew):
        with pytest.raises(PermissionDenied):
            services.record_communication_test(
                request=story.fresh(), note="Works.", by=person, at=story.now
            )


def test_the_applicant_cannot_decide_and_staff_cannot_apply(story: Story) -> None:
    with pytest.raises(PermissionDenied):
        services.confirm_complete(request=story.fresh(), note="", by=story.applicant, at=story.now)
    with pytest.raises(PermissionDenied):
        services.withdraw(request=story.fresh(), reason="", by=story.support, at=story.now)
    with pytest.raises(PermissionDenied):
        services.start_application(
            customer=story.applicant.customer,
            start_key=story.request.start_key,
            by=story.support,
            at=story.now,
        )


def test_a_decision_needs_its_reason(story: Story) -> None:
    story.complete()
    with pytest.raises(ValidationError, match="Give the reason"):
        services.approve_engineering(
            request=story.fresh(), reason="  ", by=story.engineer, at=story.now
        )


def test_one_person_never_decides_for_engineering_and_operations(story: Story) -> None:
    from django.contrib.auth.models import Group

    story.operator.groups.add(Group.objects.get(name="engineering"))
    both = User.objects.get(pk=story.operator.pk)
    story.complete()
    seen_before = story.fresh()
    services.approve_engineering(request=seen_before, reason="Fine.", by=both, at=story.now)

    for request in (story.fresh(), seen_before):
        with pytest.raises(PermissionDenied, match="somebody else must decide"):
            services.approve_operations(request=request, reason="Fine.", by=both, at=story.now)


def test_the_start_key_of_somebody_else_opens_nothing(story: Story, stranger: User) -> None:
    with pytest.raises(PermissionDenied):
        services.start_application(
            customer=stranger.customer,
            start_key=story.request.start_key,
            by=stranger,
            at=story.now,
        )
