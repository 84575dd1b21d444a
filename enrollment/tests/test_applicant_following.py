"""After filling in: send, follow, mend, sign, report, withdraw."""

import pytest

from enrollment.selectors import ServiceRequest
from enrollment.states import FACTS
from tests.factories import diagram_pdf


def address(request, page=""):
    return f"/applications/{request.reference}/{page}"


def state_of(request):
    return ServiceRequest.objects.get(pk=request.pk).state


@pytest.fixture
def signed_in(client, maria):
    client.force_login(maria)
    return client


def test_submitting_twice_sends_one_application(signed_in, journey, mailoutbox):
    request = journey("filled")
    first = signed_in.post(address(request, "submit/"))
    second = signed_in.post(address(request, "submit/"))
    assert first.url == second.url == address(request, "submitted/")
    assert state_of(request) == "completeness_review"
    assert request.customer.notifications.filter(kind="submit").count() == 1


def test_an_incomplete_draft_is_not_sent_and_says_what_is_missing(signed_in, journey):
    request = journey("draft")
    page = signed_in.post(address(request, "submit/"))
    body = page.content.decode()
    assert "<title>Error: " in body
    assert "Choose the service point." in body
    assert state_of(request) == "draft"


def test_the_confirmation_can_be_loaded_again(signed_in, journey):
    request = journey("engineering_review")
    for _ in range(2):
        page = signed_in.get(address(request, "submitted/")).content.decode()
        assert request.reference in page
    assert signed_in.get(address(journey("draft"), "submitted/")).status_code == 302


def test_the_record_is_a_pdf(signed_in, journey):
    response = signed_in.get(address(journey("completeness_review"), "record.pdf"))
    assert response.content.startswith(b"%PDF")
    assert response["Content-Disposition"].startswith("attachment")


def test_the_agreement_is_a_pdf_once_there_is_one(signed_in, journey):
    response = signed_in.get(address(journey("construction"), "agreement.pdf"))
    assert response.content.startswith(b"%PDF")
    assert signed_in.get(address(journey("draft"), "agreement.pdf")).status_code == 404


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
def test_the_status_page_says_where_it_stands_and_what_is_next(signed_in, journey, state):
    page = signed_in.get(address(journey(state)))
    body = page.content.decode()
    assert FACTS[state].customer_label in body
    assert page.context["history"]
    owner = FACTS[state].owner
    words = {"applicant": "You", "utility": "Alder Valley Power", "nobody": ""}
    assert page.context["next"]["who"] == words.get(owner, "Alder Valley Power, field crew")


def test_a_hold_names_the_upgrade_and_its_date(signed_in, journey):
    body = signed_in.get(address(journey("held_for_upgrade"))).content.decode()
    assert "larger service transformer" in body
    assert "April 30, 2027" in body


def test_a_decline_gives_its_reason(signed_in, journey):
    body = signed_in.get(address(journey("declined"))).content.decode()
    assert "the limit of 20 kW is exceeded" in body


def test_permission_shows_registration_and_nameplate(signed_in, journey):
    request = journey("permission_to_operate")
    body = signed_in.get(address(request)).content.decode()
    assert str(request.der.mrid) in body
    assert "Maximum active power" in body


def test_only_what_was_asked_for_can_be_mended(signed_in, journey):
    request = journey("information_needed")
    page = signed_in.get(address(request))
    assert page.context["mending"][0]["url"] == address(request, "diagram/")
    assert signed_in.get(address(request, "equipment/")).url == address(request)
    assert signed_in.get(address(request, "diagram/")).status_code == 200


def test_a_mended_application_goes_back_to_the_desk_that_asked(signed_in, journey):
    request = journey("information_needed")
    signed_in.post(address(request, "answer/"), {"answer": "too early"})
    assert state_of(request) == "information_needed"
    signed_in.post(address(request, "diagram/"), {"file": diagram_pdf()})
    signed_in.post(address(request, "answer/"), {"answer": "New diagram."})
    assert state_of(request) == "completeness_review"


def test_signing_stores_the_text_that_was_shown(signed_in, journey):
    request = journey("agreement_offered")
    url = address(request, "agreement/")
    shown = signed_in.get(url).context["text"]
    assert "Conditions of the approval" in shown.text
    stale = {"name": "Maria Alvarez", "is_accepted": "on", "text_sha256": "0" * 64}
    assert signed_in.post(url, stale).context["form"].errors
    assert state_of(request) == "agreement_offered"
    signed_in.post(url, stale | {"text_sha256": shown.sha256})
    assert state_of(request) == "construction"
    agreement = request.der.agreements.get(superseded_at__isnull=True)
    assert (agreement.text, agreement.accepted_name) == (shown.text, "Maria Alvarez")


def test_signing_twice_is_told_and_changes_nothing(signed_in, journey):
    request = journey("construction")
    data = {"name": "Maria Alvarez", "is_accepted": "on", "text_sha256": "0" * 64}
    response = signed_in.post(address(request, "agreement/"), data)
    assert response.url == address(request)
    assert request.der.agreements.count() == 2


def test_reporting_the_installation_orders_the_visit(signed_in, journey):
    request = journey("construction")
    assert signed_in.post(address(request, "installed/"), {}).context["form"].errors
    signed_in.post(address(request, "installed/"), {"is_ready": "on", "note": "Dog."})
    assert state_of(request) == "verification"


@pytest.mark.parametrize("state", ["draft", "completeness_review", "held_for_upgrade"])
def test_an_open_application_is_withdrawn_after_asking(signed_in, journey, state):
    request = journey(state)
    assert signed_in.get(address(request, "withdraw/")).status_code == 200
    assert state_of(request) == state
    signed_in.post(address(request, "withdraw/"), {"reason": "We moved."})
    assert state_of(request) == "withdrawn"


def test_an_ended_application_cannot_be_withdrawn(signed_in, journey):
    request = journey("permission_to_operate")
    assert signed_in.get(address(request, "withdraw/")).url == address(request)
    signed_in.post(address(request, "withdraw/"), {})
    assert state_of(request) == "permission_to_operate"


def test_needs_you_comes_first(signed_in, journey):
    for state in ("agreement_offered", "held_for_upgrade", "permission_to_operate"):
        journey(state)
    context = signed_in.get("/applications/").context
    assert [row["application"].state for row in context["needs_you"]] == ["agreement_offered"]
    assert len(context["others"]) == 2


def test_older_applications_are_a_page_away(signed_in, journey, monkeypatch):
    monkeypatch.setattr("enrollment.views.applicant.starting.PAGE_SIZE", 2)
    for _ in range(3):
        journey("completeness_review")
    first = signed_in.get("/applications/")
    second = signed_in.get("/applications/" + first.context["next_url"])
    shown = [*first.context["others"], *second.context["others"]]
    assert len({row["application"].pk for row in shown}) == 3
    assert second.context["next_url"] == ""
