"""The review page: who may do what, what is refused and how that is said."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engineering.models import NetworkUpgrade, Screening
from enrollment import services
from enrollment.models import ServiceRequest
from enrollment.selectors import facts_for_screens
from enrollment.states import State
from enrollment.views.staff.acts import ACTS
from tests.people import EARLIER

pytestmark = pytest.mark.django_db
DESK_STATES = ["completeness_review", "engineering_review", "operations_review"]


@pytest.fixture
def review(client):
    def get(user, wanted):
        client.force_login(user)
        return client.get(f"/queue/{wanted.reference}/")

    return get


@pytest.fixture
def act(client, review):
    """Open the page as somebody and send one of its forms."""

    def send(user, wanted, name, /, *, seen=None, **fields):
        page = review(user, wanted)
        mark = seen or page.context["dossier"].seen
        data = {f"{name}-{field}": value for field, value in {"seen": mark, **fields}.items()}
        return client.post(f"/queue/{wanted.reference}/act/{name}/", data)

    return send


def state_of(wanted):
    return ServiceRequest.objects.get(pk=wanted.pk).state


def names(choices):
    return {choice.act.name for choice in choices}


def test_everything_is_on_one_screen(review, journey, erik):
    wanted = journey("engineering_review")
    text = review(erik, wanted).content.decode()
    for part in (
        "Maria Alvarez",
        "SP-00012",
        wanted.der.units.first().model,
        "ertified",
        "Transformer",
        "Screens",
        "SHA-256",
        "One-line diagram",
        "business days used",
        "Confirmed that it is complete",
        "What the customer was asked and told",
        "We received your application",
    ):
        assert part in text, part


@pytest.mark.parametrize("person", ["maria", "stranger", "ivan", "tara", "frank"])
def test_outsiders_find_no_page_and_change_nothing(request, client, journey, person):
    wanted = journey("engineering_review")
    client.force_login(request.getfixturevalue(person))
    path = f"/queue/{wanted.reference}/"
    assert client.get(path).status_code == 404
    for one in ACTS:
        assert client.post(f"{path}act/{one.name}/", {f"{one.name}-reason": "x"}).status_code == 404
    assert client.post(f"{path}claim/").status_code == 404
    assert client.post(f"{path}screens/").status_code == 404
    assert state_of(wanted) == State.ENGINEERING_REVIEW


def test_an_absent_request_looks_like_any_missing_page(client, erik):
    client.force_login(erik)
    assert client.get("/queue/SR-2026-999999/").status_code == 404


@pytest.mark.parametrize(
    ("state", "person", "possible"),
    [
        ("completeness_review", "susan", {"confirm-complete", "request-information", "decline"}),
        ("engineering_review", "erik", {"approve-engineering", "request-information", "decline"}),
        ("operations_review", "olivia", {"approve-operations", "hold", "decline"}),
        ("engineering_review", "olivia", set()),
        ("engineering_review", "ada", set()),
        ("declined", "erik", set()),
    ],
)
def test_only_the_acts_of_this_person_now_have_a_form(
    request, review, journey, state, person, possible
):
    page = review(request.getfixturevalue(person), journey(state))
    assert names(page.context["choices"]) - {"communication-test"} == possible


def test_what_is_not_possible_says_why(review, journey, olivia):
    page = review(olivia, journey("engineering_review"))
    assert "approve-operations" in names(page.context["impossible"])
    assert "It is in “engineering review”" in page.content.decode()


def test_four_eyes_are_explained_and_enforced(act, review, journey, erik, olivia):
    wanted = journey("operations_review")
    erik.user_permissions.set(olivia.groups.get().permissions.all())
    erik = type(erik).objects.get(pk=erik.pk)
    page = review(erik, wanted)
    assert "You took the engineering decision" in page.content.decode()
    assert "approve-operations" in names(page.context["impossible"])
    refused = act(erik, wanted, "approve-operations", reason="Within limits.")
    assert refused.status_code == 403
    assert "You took the engineering decision" in refused.content.decode()
    assert state_of(wanted) == State.OPERATIONS_REVIEW


def test_nobody_decides_on_an_application_they_sent(act, review, journey, maria, olivia, erik):
    wanted = journey("engineering_review")
    maria.user_permissions.set(erik.groups.get().permissions.all())
    maria = type(maria).objects.get(pk=maria.pk)
    assert "You sent this application" in review(maria, wanted).content.decode()
    assert act(maria, wanted, "approve-engineering", reason="Mine").status_code == 403
    assert state_of(wanted) == State.ENGINEERING_REVIEW


def test_nobody_decides_on_their_own_application_that_an_installer_sent(
    act, review, journey, maria, ivan, erik
):
    wanted = journey("engineering_review")
    ServiceRequest.objects.filter(pk=wanted.pk).update(submitted_by=ivan)
    maria.user_permissions.set(erik.groups.get().permissions.all())
    maria = type(maria).objects.get(pk=maria.pk)
    assert "This is your own application" in review(maria, wanted).content.decode()
    assert act(maria, wanted, "approve-engineering", reason="Mine").status_code == 403
    with pytest.raises(PermissionDenied, match="your own"):
        services.approve_engineering(request=wanted, reason="Mine", by=maria, at=EARLIER)
    assert state_of(wanted) == State.ENGINEERING_REVIEW


def test_a_draft_that_nobody_sent_takes_no_place_on_the_network(review, journey, erik, stranger):
    wanted = journey("engineering_review")
    before = facts_for_screens(wanted)
    draft = journey("filled", applicant=stranger)
    assert facts_for_screens(wanted) == before
    assert not review(erik, wanted).context["dossier"].neighbors
    services.submit_application(request=draft, by=stranger, at=EARLIER)
    assert facts_for_screens(wanted) != before


@pytest.mark.parametrize("path", ["/queue/a%00b/", "/feeders/a%00b/", "/work-orders/a%00b/"])
def test_an_address_that_means_nothing_is_absent(client, erik, reference_data, path):
    client.force_login(erik)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("one", ACTS, ids=lambda one: one.name)
@pytest.mark.parametrize("state", DESK_STATES)
def test_a_reader_cannot_act_by_posting_anyway(act, journey, ada, one, state):
    wanted = journey(state)
    filled = {
        "reason": "Because",
        "problem_site": "Wrong",
        "upgrade": "new",
        "name": "New line",
        "expected_on": "2027-05-01",
    }
    response = act(ada, wanted, one.name, **filled)
    assert response.status_code in (400, 403, 409)
    after = ServiceRequest.objects.get(pk=wanted.pk)
    assert (after.state, after.communication_proven_at) == (state, None)
    assert not NetworkUpgrade.objects.exists()


def test_a_decision_needs_its_reason(act, journey, erik):
    wanted = journey("engineering_review")
    response = act(erik, wanted, "approve-engineering", reason="  ")
    assert response.status_code == 400
    assert "Give the reason." in response.content.decode()
    assert response.content.decode().count("<title>Error:") == 1
    assert state_of(wanted) == State.ENGINEERING_REVIEW


def test_each_desk_moves_the_request_on(act, journey, susan, erik, olivia):
    wanted = journey("completeness_review")
    assert act(susan, wanted, "confirm-complete", reason="All there.").status_code == 302
    assert act(erik, wanted, "approve-engineering", reason="Screens pass.").status_code == 302
    assert act(olivia, wanted, "approve-operations", reason="Within limits.").status_code == 302
    assert state_of(wanted) == State.AGREEMENT_OFFERED


def test_information_is_asked_task_by_task(act, journey, susan):
    wanted = journey("completeness_review")
    nothing = act(susan, wanted, "request-information", reason="Please mend.")
    assert nothing.status_code == 400
    assert "Name at least one problem" in nothing.content.decode()
    act(susan, wanted, "request-information", reason="Please mend.", problem_diagram="Blurred")
    asked = wanted.information_requests.get()
    assert [(item.task, item.problem) for item in asked.items.all()] == [("diagram", "Blurred")]
    assert state_of(wanted) == State.INFORMATION_NEEDED


def test_a_hold_can_plan_its_upgrade(act, journey, olivia):
    wanted = journey("operations_review")
    incomplete = act(olivia, wanted, "hold", reason="Too much.", upgrade="new")
    assert incomplete.status_code == 400
    assert "Name the upgrade." in incomplete.content.decode()
    done = act(
        olivia,
        wanted,
        "hold",
        reason="Too much.",
        upgrade="new",
        name="Bigger transformer",
        expected_on="2027-05-01",
    )
    assert done.status_code == 302
    held = ServiceRequest.objects.get(pk=wanted.pk)
    assert held.state == State.HELD_FOR_UPGRADE
    assert held.held_for.name == "Bigger transformer"


def test_a_name_that_is_taken_holds_nothing_and_keeps_the_words(act, journey, olivia, stranger):
    first = journey("operations_review")
    plan = {"upgrade": "new", "name": "Bigger transformer", "expected_on": "2027-05-01"}
    act(olivia, first, "hold", reason="Too much.", **plan)
    second = journey("operations_review", applicant=stranger)
    refused = act(olivia, second, "hold", reason="Also too much.", **plan)
    assert refused.status_code == 400
    assert "Also too much." in refused.content.decode()
    assert state_of(second) == State.OPERATIONS_REVIEW
    assert NetworkUpgrade.objects.count() == 1


def test_the_loser_of_a_race_is_told_who_was_first_and_keeps_the_words(
    act, review, journey, erik, django_user_model
):
    from tests.factories import make_user

    emma = make_user("emma@utility.example", "Emma Stone", "engineering")
    wanted = journey("engineering_review")
    seen = review(emma, wanted).context["dossier"].seen
    assert act(erik, wanted, "approve-engineering", reason="Screens pass.").status_code == 302
    late = act(emma, wanted, "decline", seen=seen, reason="My own long words")
    assert late.status_code == 409
    text = late.content.decode()
    assert "Nothing was saved" in text
    assert "Erik Lindqvist" in text
    assert "Approved for Engineering" in text
    assert "My own long words" in text
    assert state_of(wanted) == State.OPERATIONS_REVIEW


def test_a_page_from_before_a_correction_cannot_decide(act, review, journey, erik, maria):
    wanted = journey("engineering_review")
    seen = review(erik, wanted).context["dossier"].seen
    later = EARLIER + timedelta(days=4)
    asked = services.request_information(
        request=wanted, problems={"diagram": "Blurred"}, note="Please", by=erik, at=later
    )
    from tests.factories import diagram_pdf

    services.upload_diagram(request=asked, upload=diagram_pdf(), by=maria, at=later)
    services.supply_information(request=asked, answer="Here", by=maria, at=later)
    stale = act(erik, wanted, "approve-engineering", seen=seen, reason="As before")
    assert stale.status_code == 409
    assert "Sent the corrections" in stale.content.decode()
    assert 'value="As before"' in stale.content.decode() or "As before" in stale.content.decode()
    assert state_of(wanted) == State.ENGINEERING_REVIEW


def test_the_screens_run_again_and_the_earlier_run_stays(client, journey, erik, ada):
    wanted = journey("engineering_review")
    before = Screening.objects.count()
    client.force_login(erik)
    assert client.post(f"/queue/{wanted.reference}/screens/").status_code == 302
    assert Screening.objects.count() == before + 1
    client.force_login(ada)
    assert client.post(f"/queue/{wanted.reference}/screens/").status_code == 403


def test_a_paper_is_shown_but_never_run(client, journey, erik, maria):
    wanted = journey("engineering_review")
    paper = wanted.attachments.get()
    path = f"/queue/{wanted.reference}/papers/{paper.mrid}/"
    client.force_login(erik)
    response = client.get(path)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    client.force_login(maria)
    assert client.get(path).status_code == 404


def test_the_page_reads_a_fixed_number_of_times(review, journey, erik, stranger):
    wanted = journey("engineering_review")
    review(erik, wanted)
    with CaptureQueriesContext(connection) as few:
        review(erik, wanted)
    journey("engineering_review", applicant=stranger)
    for _ in range(5):
        services.run_screens(request=wanted, at=EARLIER)
    with CaptureQueriesContext(connection) as more:
        review(erik, wanted)
    assert len(more) <= len(few) + 1
    assert len(few) <= 45


@pytest.mark.parametrize(
    "state",
    [
        "completeness_review",
        "information_needed",
        "engineering_review",
        "operations_review",
        "held_for_upgrade",
        "agreement_offered",
        "construction",
        "verification",
        "permission_to_operate",
        "declined",
        "withdrawn",
    ],
)
def test_every_state_has_a_page(review, journey, erik, state):
    page = review(erik, journey(state))
    assert page.status_code == 200
    assert str(State(state).label) in page.content.decode()


def test_a_withdrawn_draft_without_a_site_has_a_page(review, journey, erik, maria):
    wanted = journey("draft")
    services.withdraw(request=wanted, reason="", by=maria, at=EARLIER)
    assert review(erik, wanted).status_code == 200
