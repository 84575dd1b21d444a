"""The status page: where the application stands, who acts next, by when, and what happened."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from customers.selectors import User, may_accept_for, notifications_about
from tariffs.selectors import current_agreement
from workflow.selectors import StateChange
from workorders.selectors import work_orders_of

from ...clocks import business_days_between, local_date
from ...completeness import TASKS
from ...selectors import (
    InformationRequest,
    ServiceRequest,
    Stage,
    open_information_request,
    stages_of,
    timeline_of,
)
from ...states import APPLICANT, CREW, ENDED, FACTS, OPEN, UTILITY, State
from .common import SignedInRequest
from .words import (
    HISTORY,
    HISTORY_TONES,
    TONES,
    export_words,
    name_of_system,
    nameplate_rows,
    protocol_words,
    unit_line,
    who_did,
)

LABELS = {name: label for name, label, _ in TASKS}
NEXT_TONES = {
    State.HELD_FOR_UPGRADE: "hold",
    State.PERMISSION_TO_OPERATE: "ok",
    State.DECLINED: "bad",
    State.DEEMED_WITHDRAWN: "bad",
    State.EXPIRED: "bad",
}


def status_page(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """Everything the applicant wants to know of an application that was sent."""
    user = request.user
    changes = list(timeline_of(application).select_related("by__provider"))
    mending = mending_of(application, open_information_request(application))
    state = State(application.state)
    context = {
        "application": application,
        "system": name_of_system(application),
        "facts": FACTS[state],
        "tone": TONES.get(FACTS[state].tone, FACTS[state].tone),
        "stages": _stages(application),
        "next": _next(application, user),
        "clock": _clock(application),
        "mending": mending,
        "failed": _failed(application) if state == State.CONSTRUCTION else [],
        "reason": changes[-1].note if changes and state in ENDED else "",
        "history": [_entry(change, application, user) for change in reversed(changes)],
        "messages_sent": _messages(application),
        "is_mended": all(item["is_mended"] for item in mending),
        "details": _details(application),
        "papers": application.attachments.filter(removed_at__isnull=True),
        "agreement": current_agreement(application.der) if application.der else None,
        "units": _units(application),
        "can_withdraw": state in OPEN,
    }
    return render(request, "enrollment/applicant/status.html", context)


def _stages(application: ServiceRequest) -> list[Stage]:
    stages = stages_of(application)
    special = _special_stage(State(application.state))
    if not special:
        return stages
    return [
        Stage(stage.label, special if stage.state == "current" else stage.state) for stage in stages
    ]


def _special_stage(state: State) -> str:
    if state == State.HELD_FOR_UPGRADE:
        return "held"
    return "stopped" if state in ENDED else ""


def _next(application: ServiceRequest, user: User) -> dict[str, Any]:
    """The "What happens next" box: who, by when, and the button where the reader must act."""
    state = State(application.state)
    facts = FACTS[state]
    is_theirs = facts.owner == APPLICANT
    action = _action(application, user) if is_theirs else {}
    return {
        "text": _next_words(application),
        "who": _who(application, user, facts.owner),
        "tone": "you" if is_theirs else NEXT_TONES.get(state, ""),
        **action,
    }


def _next_words(application: ServiceRequest) -> str:
    upgrade = application.held_for
    if application.state != State.HELD_FOR_UPGRADE or upgrade is None:
        return FACTS[application.state].next_step
    return (
        f"The network near you is being upgraded: “{upgrade.name}”. "
        "You do not need to do anything. Your application goes on by itself afterwards, "
        "and we will write to you."
    )


def _who(application: ServiceRequest, user: User, owner: str) -> str:
    if owner == APPLICANT:
        needs_signature = application.state == State.AGREEMENT_OFFERED
        if needs_signature and not may_accept_for(user=user, customer_id=application.customer_id):
            return application.customer.name
        return "You"
    if owner == UTILITY:
        return str(settings.UTILITY_NAME)
    return f"{settings.UTILITY_NAME}, field crew" if owner == CREW else ""


def _action(application: ServiceRequest, user: User) -> dict[str, str]:
    actions = {
        State.INFORMATION_NEEDED: ("answer", "Send your application back"),
        State.AGREEMENT_OFFERED: ("agreement", "Read and sign the agreement"),
        State.CONSTRUCTION: ("installed", "Tell us that it is installed"),
    }
    name, label = actions[State(application.state)]
    url = reverse(f"enrollment:{name}", args=[application.reference])
    return {"action_url": url, "action_label": label}


def _clock(application: ServiceRequest) -> dict[str, Any]:
    due_on = getattr(application, "due_on", None)
    upgrade = application.held_for
    if application.state == State.HELD_FOR_UPGRADE and upgrade is not None:
        return {"due": upgrade.expected_on, "since": _since(application), "is_hold": True}
    left = (
        business_days_between(local_date(timezone.now()), due_on, application.procedure)
        if due_on
        else None
    )
    return {"due": due_on, "days_left": left, "since": _since(application)}


def _since(application: ServiceRequest) -> Any:
    return getattr(application, "clock_started_at", None)


def mending_of(
    application: ServiceRequest, asked: InformationRequest | None
) -> list[dict[str, Any]]:
    """What the utility asked for, as a task list: each item links to its task."""
    if asked is None or application.state != State.INFORMATION_NEEDED:
        return []
    return [
        {
            "label": LABELS.get(item.task, item.task),
            "url": reverse(f"enrollment:{item.task}", args=[application.reference]),
            "hint": item.problem,
            "status": "completed" if item.is_mended else "problem",
            "is_mended": item.is_mended,
        }
        for item in asked.items.all()
    ]


def _failed(application: ServiceRequest) -> list[dict[str, str]]:
    """What the crew found at the last visit, if it failed."""
    order = work_orders_of(application.mrid).first()
    if order is None or order.state != "failed":
        return []
    return [
        {"question": item.question, "found": item.found}
        for item in order.items.all()
        if item.answer == "fail"
    ]


def _messages(application: ServiceRequest) -> list[dict[str, Any]]:
    """What we wrote, without the reference that the page has on top."""
    prefix = f"{application.reference}: "
    return [
        {
            "subject": notice.subject.removeprefix(prefix),
            "text": notice.text,
            "created_at": notice.created_at,
        }
        for notice in notifications_about(application.mrid)
    ]


def _entry(change: StateChange, application: ServiceRequest, user: User) -> dict[str, Any]:
    return {
        "when": change.at,
        "who": who_did(change, application, user),
        "what": HISTORY.get(change.transition, change.transition.replace("_", " ")),
        "note": change.note,
        "tone": HISTORY_TONES.get(change.transition, ""),
    }


def _details(application: ServiceRequest) -> list[dict[str, Any]]:
    der = application.der
    version = application.tariff_version
    if der is None:
        return [{"label": "Customer", "value": application.customer.name}]
    return [
        {"label": "Customer", "value": application.customer.name},
        {"label": "Address", "value": str(der.usage_point.service_location)},
        {"label": "Service point", "value": der.usage_point.name},
        *_equipment_rows(unit_line(unit) for unit in der.units.all()),
        {"label": "Export", "value": export_words(der.export_limit_w)},
        {"label": "Communication", "value": protocol_words(der.communication_protocol)},
        {"label": "Tariff", "value": version.tariff.title if version else ""},
    ]


def _equipment_rows(lines: Iterable[str]) -> list[dict[str, str]]:
    return [
        {"label": "Equipment" if place == 0 else f"Equipment {place + 1}", "value": line}
        for place, line in enumerate(lines)
    ]


def _units(application: ServiceRequest) -> list[dict[str, Any]]:
    if application.der is None or application.state != State.PERMISSION_TO_OPERATE:
        return []
    return [
        {"line": unit_line(unit), "kind": unit.get_kind_display(), "rows": nameplate_rows(unit)}
        for unit in application.der.units.all()
    ]
