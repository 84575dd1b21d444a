"""The acts of the review page: who may do what in which state, and which service does it.

The page and the Django admin read this one table, so a button is there for the same reason
in both, and both call the same service.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import Http404

from tariffs.selectors import terms_of

from ... import services
from ...forms import staff as forms
from ...selectors import ServiceRequest
from ...states import State

SUPPORT = "enrollment.review_completeness"
ENGINEERING = "enrollment.decide_engineering"
OPERATIONS = "enrollment.decide_operations"
DESK_NAMES = {
    SUPPORT: "Customer Support",
    ENGINEERING: "Engineering",
    OPERATIONS: "Operations",
}
Perform = Callable[[ServiceRequest, Any, Any, datetime], object]


def always(request: ServiceRequest) -> bool:
    """Most acts are relevant to every request."""
    return True


def needs_communication_test(request: ServiceRequest) -> bool:
    """SR4: the tariff requires communication and nobody has proven it yet."""
    if request.tariff_version is None or request.communication_proven_at is not None:
        return False
    return terms_of(request.tariff_version).requires_communication


@dataclass(frozen=True)
class Act:
    """One act. ``steps`` maps a state to the permission and the transition it takes there."""

    name: str
    label: str
    hint: str
    done: str
    steps: Mapping[str, tuple[str, str]]
    form: type[forms.ReasonForm]
    perform: Perform
    tone: str = ""
    asks_again: bool = False
    also: tuple[str, ...] = ()
    is_relevant: Callable[[ServiceRequest], bool] = always

    def permissions(self, state: str) -> tuple[str, ...]:
        """Any one of these is enough in a state."""
        step = self.steps.get(state)
        return (step[0], *self.also) if step else ()


@dataclass
class Choice:
    """An act as one person sees it: a form, or the reasons why it is not possible."""

    act: Act
    form: forms.ReasonForm | None = None
    reasons: list[str] = field(default_factory=list)
    is_open: bool = False


def _complete(request: ServiceRequest, form: Any, by: Any, at: datetime) -> object:
    return services.confirm_complete(
        request=request, note=form.cleaned_data["reason"], by=by, at=at
    )


def _ask(request: ServiceRequest, form: Any, by: Any, at: datetime) -> object:
    return services.request_information(
        request=request, problems=form.problems(), note=form.cleaned_data["reason"], by=by, at=at
    )


def _approve_engineering(request: ServiceRequest, form: Any, by: Any, at: datetime) -> object:
    return services.approve_engineering(
        request=request, reason=form.cleaned_data["reason"], by=by, at=at
    )


def _approve_operations(request: ServiceRequest, form: Any, by: Any, at: datetime) -> object:
    return services.approve_operations(
        request=request, reason=form.cleaned_data["reason"], by=by, at=at
    )


def _hold(request: ServiceRequest, form: Any, by: Any, at: datetime) -> object:
    data = form.cleaned_data
    if upgrade := form.chosen():
        return services.hold_for_network_upgrade(
            request=request, upgrade=upgrade, reason=data["reason"], by=by, at=at
        )
    return services.hold_for_new_upgrade(
        request=request,
        name=data["name"],
        description="",
        expected_on=data["expected_on"],
        reason=data["reason"],
        by=by,
        at=at,
    )


def _decline(request: ServiceRequest, form: Any, by: Any, at: datetime) -> object:
    return services.decline(request=request, reason=form.cleaned_data["reason"], by=by, at=at)


def _prove(request: ServiceRequest, form: Any, by: Any, at: datetime) -> object:
    return services.record_communication_test(
        request=request, note=form.cleaned_data["reason"], by=by, at=at
    )


UNDER_WAY = (
    State.COMPLETENESS_REVIEW,
    State.ENGINEERING_REVIEW,
    State.OPERATIONS_REVIEW,
    State.HELD_FOR_UPGRADE,
    State.AGREEMENT_OFFERED,
    State.CONSTRUCTION,
    State.VERIFICATION,
)
ACTS = (
    Act(
        "confirm-complete",
        "Confirm that it is complete",
        "The application goes to Engineering.",
        "is complete and with Engineering",
        {State.COMPLETENESS_REVIEW: (SUPPORT, "confirm_complete")},
        forms.CompleteForm,
        _complete,
        tone="primary",
    ),
    Act(
        "approve-engineering",
        "Approve for Engineering",
        "The application goes to Operations, where somebody else decides.",
        "is approved by Engineering and with Operations",
        {State.ENGINEERING_REVIEW: (ENGINEERING, "approve_engineering")},
        forms.ReasonForm,
        _approve_engineering,
        tone="primary",
    ),
    Act(
        "approve-operations",
        "Approve for Operations",
        "The agreement is offered to the customer.",
        "is approved by Operations; the agreement is offered",
        {State.OPERATIONS_REVIEW: (OPERATIONS, "approve_operations")},
        forms.ReasonForm,
        _approve_operations,
        tone="primary",
    ),
    Act(
        "hold",
        "Hold for a network upgrade",
        "The customer is told the upgrade and its date. Completing it resumes the request.",
        "is held for a network upgrade",
        {State.OPERATIONS_REVIEW: (OPERATIONS, "hold_for_network_upgrade")},
        forms.HoldForm,
        _hold,
    ),
    Act(
        "request-information",
        "Request information",
        "The clock stops. The customer can change only what you name here.",
        "waits for the customer; the clock is stopped",
        {
            State.COMPLETENESS_REVIEW: (SUPPORT, "request_missing_information"),
            State.ENGINEERING_REVIEW: (ENGINEERING, "request_technical_information"),
        },
        forms.InformationForm,
        _ask,
    ),
    Act(
        "communication-test",
        "Record the communication test",
        "The tariff requires communication with the DER before it may operate.",
        "has its communication test recorded",
        dict.fromkeys(UNDER_WAY, (SUPPORT, "")),
        forms.CommunicationForm,
        _prove,
        also=(ENGINEERING,),
        is_relevant=needs_communication_test,
    ),
    Act(
        "decline",
        "Decline",
        "The request ends. This cannot be undone; the customer may apply again.",
        "is declined",
        {
            State.COMPLETENESS_REVIEW: (SUPPORT, "decline_at_completeness"),
            State.ENGINEERING_REVIEW: (ENGINEERING, "decline_by_engineering"),
            State.OPERATIONS_REVIEW: (OPERATIONS, "decline_by_operations"),
        },
        forms.DeclineForm,
        _decline,
        tone="danger",
        asks_again=True,
    ),
)
BY_NAME = {act.name: act for act in ACTS}


def act_named(name: str) -> Act:
    """The act of an address; 404 for any other name."""
    if name not in BY_NAME:
        raise Http404
    return BY_NAME[name]


def reasons_against(act: Act, request: ServiceRequest, user: Any) -> list[str]:
    """Why this person cannot do this act now; empty when they can."""
    if request.state not in act.steps:
        return [_elsewhere(act, request)]
    allowed = act.permissions(request.state)
    if not any(user.has_perm(permission) for permission in allowed):
        return [f"Only {' or '.join(DESK_NAMES[name] for name in allowed)} can do this."]
    if not act.is_relevant(request):
        return ["There is nothing to record: the tariff does not need it, or it is done."]
    transition = act.steps[request.state][1]
    return [*_own_work(act, request, user), *(request.blockers(transition) if transition else [])]


def _own_work(act: Act, request: ServiceRequest, user: Any) -> list[str]:
    if act.name in ("request-information", "communication-test"):
        return []
    if request.submitted_by_id == user.pk:
        return ["You sent this application; somebody else must decide on it."]
    if request.customer.user_id == user.pk:
        return ["This is your own application; somebody else must decide on it."]
    is_decision = act.name in ("approve-operations", "hold")
    if is_decision and request.engineering_by_id == user.pk:
        return ["You took the engineering decision; somebody else must decide for Operations."]
    return []


def _elsewhere(act: Act, request: ServiceRequest) -> str:
    wanted = " or ".join(str(State(state).label).lower() for state in act.steps)
    now = request.get_state_display().lower()
    return f"It is in “{now}”; this is possible in {wanted}."


def belongs_to(act: Act, user: Any) -> bool:
    """Whether the act is this person's work in some state."""
    return any(user.has_perm(name) for state in act.steps for name in act.permissions(state))


def choices(
    request: ServiceRequest, user: Any, seen: str, bound: forms.ReasonForm | None = None
) -> list[Choice]:
    """The acts of this person: those possible now with their forms, the others with reasons."""
    if not request.is_open:
        return []
    found = [
        _choice(act, request, user, seen, bound)
        for act in ACTS
        if belongs_to(act, user) and act.is_relevant(request)
    ]
    return sorted(found, key=lambda choice: choice.form is None)


def _choice(
    act: Act, request: ServiceRequest, user: Any, seen: str, bound: forms.ReasonForm | None
) -> Choice:
    if reasons := reasons_against(act, request, user):
        return Choice(act, reasons=reasons)
    if bound is not None and bound.prefix == act.name:
        return Choice(act, form=bound, is_open=True)
    form = act.form(wanted=request, initial={"seen": seen}, prefix=act.name)
    return Choice(act, form=form, is_open=act.tone == "primary" and bound is None)
