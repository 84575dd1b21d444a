"""The state table of a service request: every edge, and no other."""

import pytest
from django_fsm import FSMField

from derportal.states import edges
from enrollment.models import ServiceRequest
from enrollment.notices import NOTICES
from enrollment.states import CLOSED, FACTS, OPEN, STAGES, State

APPLICANT, AUTOMATIC = "applicant", "derportal itself"
DESK = "enrollment.review_completeness"
ENGINEERING = "enrollment.decide_engineering"
OPERATIONS = "enrollment.decide_operations"
FIELD = "workorders.verify_installation"

TABLE = {
    ("draft", "completeness_review", "submit", APPLICANT),
    ("completeness_review", "engineering_review", "confirm_complete", DESK),
    ("completeness_review", "information_needed", "request_missing_information", DESK),
    ("completeness_review", "declined", "decline_at_completeness", DESK),
    ("information_needed", "completeness_review", "return_to_completeness", APPLICANT),
    ("information_needed", "engineering_review", "return_to_engineering", APPLICANT),
    ("information_needed", "deemed_withdrawn", "deem_withdrawn", AUTOMATIC),
    ("engineering_review", "information_needed", "request_technical_information", ENGINEERING),
    ("engineering_review", "operations_review", "approve_engineering", ENGINEERING),
    ("engineering_review", "declined", "decline_by_engineering", ENGINEERING),
    ("operations_review", "held_for_upgrade", "hold_for_network_upgrade", OPERATIONS),
    ("held_for_upgrade", "operations_review", "resume_after_upgrade", AUTOMATIC),
    ("operations_review", "agreement_offered", "approve_operations", OPERATIONS),
    ("operations_review", "declined", "decline_by_operations", OPERATIONS),
    ("agreement_offered", "construction", "sign_agreement", APPLICANT),
    ("agreement_offered", "expired", "expire", AUTOMATIC),
    ("construction", "verification", "report_installation", APPLICANT),
    ("construction", "expired", "expire", AUTOMATIC),
    ("verification", "construction", "fail_verification", FIELD),
    ("verification", "permission_to_operate", "pass_verification", FIELD),
    *((state.value, "withdrawn", "withdraw", APPLICANT) for state in OPEN),
}


def machine() -> set[tuple[str, str, str, str]]:
    field = ServiceRequest._meta.get_field("state")
    assert isinstance(field, FSMField)
    return set(edges(ServiceRequest, field))


def test_the_machine_is_exactly_the_table() -> None:
    assert machine() == TABLE


def test_no_transition_leaves_a_closed_state() -> None:
    assert not [edge for edge in machine() if edge[0] in CLOSED]


def test_every_transition_tells_the_customer() -> None:
    assert {edge[2] for edge in machine()} == set(NOTICES)


def test_every_state_has_a_customer_label_an_owner_and_a_stage() -> None:
    assert set(FACTS) == set(State)
    assert all(facts.customer_label and facts.next_step for facts in FACTS.values())
    assert {facts.stage for facts in FACTS.values()} <= set(range(len(STAGES)))


@pytest.mark.parametrize("state", OPEN)
def test_every_open_state_can_be_left_and_withdrawn_from(state: str) -> None:
    targets = {edge[1] for edge in machine() if edge[0] == state}
    assert "withdrawn" in targets
    assert len(targets) > 1
