"""The review page: one request with everything a decision needs, and the acts of its reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from engineering.services import UnknownRuleSet
from workflow.selectors import StateChange

from ... import services
from ...clocks import local_date
from ...forms.staff import ReasonForm
from ...selectors import ServiceRequest, stages_of
from .access import sent_request, staff_only
from .acts import ENGINEERING, OPERATIONS, SUPPORT, Choice, act_named, choices
from .desks import may_claim
from .dossier import Dossier, dossier_of, seen_mark
from .refusals import REFUSALS, Move, moves_of, status_of, words_of
from .rows import row_of

PAPER_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@dataclass(frozen=True)
class Refusal:
    """Nothing was saved: why, what others did meanwhile, and what the person had written."""

    act: str
    reasons: list[str]
    meanwhile: list[Move]
    written: list[tuple[str, str]]


@staff_only
def review(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything about one request on one screen."""
    return _page(request, sent_request(reference))


@staff_only
@require_POST
def act(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Do one act: check what was seen, call its service, say what happened."""
    wanted, chosen = sent_request(reference), act_named(name)
    form = chosen.form(request.POST, wanted=wanted, prefix=name)
    if not form.is_valid():
        return _page(request, wanted, form=form, status=400)
    if changed_since(wanted, form.cleaned_data["seen"]):
        return _refused(request, reference, name, form, ["The request has changed."], 409)
    try:
        chosen.perform(wanted, form, request.user, timezone.now())
    except REFUSALS as error:
        return _refused(request, reference, name, form, words_of(error), status_of(error))
    except IntegrityError:
        return _refused(request, reference, name, form, ["Somebody else was quicker."], 409)
    messages.success(request, f"{reference} {chosen.done}.")
    return redirect("enrollment:review", reference=reference)


@staff_only
@require_POST
def rerun_screens(request: HttpRequest, reference: str) -> HttpResponse:
    """Run the screens over the request as it is now. The earlier runs are kept."""
    wanted = sent_request(reference)
    if not may_claim(request.user):
        raise PermissionDenied("Only the staff who decide can run the screens.")
    if wanted.der is None or not wanted.is_open:
        messages.error(request, "The request is closed; its screens stay as they were.")
    else:
        _run_screens(request, wanted)
    return redirect("enrollment:review", reference=reference)


def _run_screens(request: HttpRequest, wanted: ServiceRequest) -> None:
    try:
        services.run_screens(request=wanted, at=timezone.now())
    except UnknownRuleSet as error:
        messages.error(request, f"The screens cannot be run: {error}")
    else:
        messages.success(request, "The screens were run again.")


@staff_only
def paper(request: HttpRequest, reference: str, mrid: UUID) -> HttpResponse:
    """An uploaded paper, shown in the browser but never run."""
    found = sent_request(reference).attachments.filter(mrid=mrid).first()
    if found is None or found.extension not in PAPER_TYPES:
        raise Http404
    kind = PAPER_TYPES[found.extension]
    response = FileResponse(
        found.file.open("rb"),
        content_type=kind,
        filename=f"{reference}-{found.kind}.{found.extension}",
    )
    return never_run(response)


def never_run(response: FileResponse) -> HttpResponse:
    """A file of somebody else: no sniffing, no scripts, no shared caches."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, max-age=300"
    return response  # type: ignore[return-value]


def seen_of(wanted: ServiceRequest) -> str:
    """The state and the last change of a request, as a form carries them."""
    last = StateChange.objects.filter(subject_mrid=wanted.mrid).order_by("-pk").first()
    return seen_mark(wanted, last.pk if last else 0)


def changed_since(wanted: ServiceRequest, seen: str) -> bool:
    """Whether the request is not any more what the reader of a page had seen."""
    return bool(_later_changes(wanted, seen)) or not seen.startswith(f"{wanted.state}:")


def _later_changes(wanted: ServiceRequest, seen: str) -> Sequence[StateChange]:
    last = seen.partition(":")[2]
    if not (last.isascii() and last.isdigit() and len(last) < 19):
        return []
    found = StateChange.objects.filter(subject_mrid=wanted.mrid, pk__gt=int(last))
    return list(found.select_related("by").order_by("pk"))


def _refused(
    request: HttpRequest,
    reference: str,
    name: str,
    form: ReasonForm,
    reasons: list[str],
    status: int,
) -> HttpResponse:
    fresh = sent_request(reference)
    refusal = Refusal(
        act=act_named(name).label,
        reasons=reasons,
        meanwhile=moves_of(_later_changes(fresh, form.cleaned_data["seen"])),
        written=_written(form),
    )
    return _page(request, fresh, refusal=refusal, kept=form, status=status)


def _written(form: ReasonForm) -> list[tuple[str, str]]:
    return [
        (str(field.label), str(value))
        for field in form.visible_fields()
        if (value := form.cleaned_data.get(field.name))
    ]


def _page(
    request: HttpRequest,
    wanted: ServiceRequest,
    *,
    form: ReasonForm | None = None,
    kept: ReasonForm | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    today = local_date(timezone.now())
    dossier = dossier_of(wanted, today)
    offered = choices(wanted, request.user, dossier.seen, bound=form)
    _keep_words(offered, kept)
    context = {
        "dossier": dossier,
        "wanted": wanted,
        "row": row_of(wanted, request.user, today),
        "stages": _stages(wanted, dossier),
        "choices": [choice for choice in offered if choice.form],
        "impossible": [choice for choice in offered if not choice.form],
        "waits_for": _waits_for(wanted),
        "can_rerun": may_claim(request.user) and wanted.is_open,
        "history": list(reversed(moves_of(dossier.changes))),
        "refusal": refusal,
        "form": form,
        "here": request.path if request.method == "GET" else "",
    }
    return render(request, "enrollment/staff/review.html", context, status=status)


def _keep_words(offered: list[Choice], kept: ReasonForm | None) -> None:
    """Put what somebody wrote back into the form, with what they see now."""
    for choice in offered:
        if kept is not None and choice.form is not None and choice.act.name == kept.prefix:
            choice.is_open = True
            values = {name: kept.cleaned_data.get(name) for name in choice.form.fields}
            choice.form.initial = {**values, "seen": choice.form.initial["seen"]}


DECIDES = {
    "completeness_review": SUPPORT,
    "engineering_review": ENGINEERING,
    "operations_review": OPERATIONS,
}
WAITS = {
    SUPPORT: "Customer Support checks whether it is complete.",
    ENGINEERING: "Engineering decides next.",
    OPERATIONS: "Operations decides next.",
}


def _waits_for(wanted: ServiceRequest) -> str:
    if wanted.state in DECIDES:
        return WAITS[DECIDES[wanted.state]]
    if wanted.state == "held_for_upgrade":
        return f"It waits for “{wanted.held_for}” and goes on by itself when that is completed."
    if wanted.state == "verification":
        return "A field crew visits the installation."
    return "The customer acts next." if wanted.is_open else "Nobody has to act any more."


def _stages(wanted: ServiceRequest, dossier: Dossier) -> list[dict[str, Any]]:
    held = {"held_for_upgrade": "held", "declined": "stopped"}.get(wanted.state)
    ended = "stopped" if not wanted.is_open and wanted.operated_from is None else held
    stages = stages_of(wanted)
    return [
        {
            "label": stage.label,
            "state": ended if ended and stage.state == "current" else stage.state,
        }
        for stage in stages
    ]
