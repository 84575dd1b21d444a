"""The task list and the question pages: site, operation, diagram."""

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers.selectors import providers, usage_points_of
from registry.selectors import ders_behind

from ...clocks import local_date
from ...completeness import Task, tasks_of
from ...forms.applicant import DiagramForm, OperationForm, SiteForm
from ...selectors import ServiceRequest
from ...services import choose_site, describe_operation, remove_diagram, upload_diagram
from ...states import State
from .common import (
    REFUSALS,
    SignedInRequest,
    after_task,
    for_application,
    for_task,
    posted,
    say_refusal,
    show_refusal,
)
from .status import status_page
from .summary import hints_of
from .words import name_of_system, technologies

NEEDS = {
    "equipment": ("site",),
    "operation": ("site",),
    "tariff": ("site", "equipment", "operation"),
}


@for_application
def application(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """A draft is a task list; everything else has its status page."""
    if application.state == State.DRAFT:
        return _task_list(request, application)
    return status_page(request, application)


def _task_list(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    tasks = tasks_of(application)
    done = {task.name for task in tasks if task.is_done}
    hints = hints_of(application)
    rows = [_task_row(application, task, done, hints[task.name]) for task in tasks]
    context = {
        "application": application,
        "system": name_of_system(application),
        "tasks": rows,
        "sending": [_sending_row(application, is_ready=len(done) == len(tasks))],
        "done": len(done),
        "total": len(tasks),
        "is_ready": len(done) == len(tasks),
        "is_customer": application.customer.user_id == request.user.pk,
    }
    return render(request, "enrollment/applicant/task_list.html", context)


def _task_row(application: ServiceRequest, task: Task, done: set[str], hint: str) -> dict[str, Any]:
    if task.is_done:
        status = "completed"
    elif set(NEEDS.get(task.name, ())) - done:
        return {
            "label": task.label,
            "url": "",
            "status": "cannot_start",
            "hint": _first_needed(task.name, done),
        }
    else:
        status = "in_progress" if hint else "not_started"
    url = reverse(f"enrollment:{task.name}", args=[application.reference])
    return {"label": task.label, "url": url, "status": status, "hint": hint}


def _first_needed(name: str, done: set[str]) -> str:
    words = {
        "site": "Choose where it will be connected first.",
        "equipment": "Add your equipment first.",
        "operation": "Say how it will operate first.",
    }
    return next(words[need] for need in NEEDS[name] if need not in done)


def _sending_row(application: ServiceRequest, *, is_ready: bool) -> dict[str, Any]:
    url = reverse("enrollment:check-answers", args=[application.reference])
    return {
        "label": "Check your answers and submit",
        "url": url if is_ready else "",
        "status": "not_started" if is_ready else "cannot_start",
        "hint": "" if is_ready else "Complete the tasks above first.",
    }


@for_task("site")
def site(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """Where it will be connected: one of the customer's own service points."""
    points = list(usage_points_of(application.customer))
    chosen = application.der.usage_point if application.der else None
    initial = {"usage_point": str(chosen.mrid)} if chosen else {}
    form = SiteForm(posted(request), points=points, initial=initial)
    if form.is_valid():
        try:
            choose_site(
                request=application, usage_point=form.cleaned_data["usage_point"], by=request.user
            )
            return after_task(request, application)
        except REFUSALS as error:
            show_refusal(form, error)
    places = {str(point.mrid): _connected_there(point, application) for point in points}
    context = {"application": application, "form": form, "choices": _choices(form, places)}
    return render(request, "enrollment/applicant/site.html", context)


def _connected_there(point: Any, application: ServiceRequest) -> list[str]:
    others = [der for der in ders_behind(point) if der.pk != application.der_id]
    return [_der_line(der) for der in others if der.units.all()]


def _der_line(der: Any) -> str:
    kinds = technologies({unit.kind for unit in der.units.all()})
    return f"{kinds}, {der.get_state_display().lower()}"


def _choices(form: SiteForm, places: dict[str, list[str]]) -> list[dict[str, Any]]:
    return [
        {
            "widget": choice,
            "point": form.points[str(choice.data["value"])],
            "connected": places[str(choice.data["value"])],
        }
        for choice in form["usage_point"]
    ]


@for_task("operation")
def operation(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """Export, communication, third party, wished date, notes."""
    form = OperationForm(
        posted(request),
        providers=providers("third_party"),
        today=local_date(timezone.now()),
        initial=_operation_of(application),
    )
    if form.is_valid():
        data = form.cleaned_data
        try:
            describe_operation(
                request=application,
                export_limit_w=form.export_limit_w,
                communication_protocol=data["communication_protocol"],
                provider=data["provider"],
                wanted_on=data["wanted_on"],
                notes=data["notes"],
                by=request.user,
            )
            return after_task(request, application)
        except REFUSALS as error:
            show_refusal(form, error)
    context = {"application": application, "form": form}
    return render(request, "enrollment/applicant/operation.html", context)


def _operation_of(application: ServiceRequest) -> dict[str, Any]:
    if application.der is None or application.wanted_on is None:
        return {}
    limit = application.der.export_limit_w
    words = "full" if limit is None else "none" if limit == 0 else "limited"
    return {
        "export": words,
        "export_limit_kw": f"{(limit / Decimal(1000)).normalize():f}" if limit else None,
        "communication_protocol": application.der.communication_protocol or "none",
        "provider": application.der.provider_id,
        "wanted_on": application.wanted_on,
        "notes": application.notes,
    }


@for_task("diagram")
def diagram(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """Upload the one-line diagram, see the one that is there, or take it back."""
    form = DiagramForm(posted(request), request.FILES or None)
    if form.is_valid():
        try:
            upload_diagram(
                request=application,
                upload=form.cleaned_data["file"],
                by=request.user,
                at=timezone.now(),
            )
            return after_task(request, application)
        except REFUSALS as error:
            show_refusal(form, error)
    context = {
        "application": application,
        "form": form,
        "paper": application.attachments.filter(
            kind="one_line_diagram", removed_at__isnull=True
        ).first(),
    }
    return render(request, "enrollment/applicant/diagram.html", context)


@require_POST
@for_task("diagram")
def diagram_remove(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """Take the diagram back; the upload page shows again."""
    try:
        remove_diagram(request=application, by=request.user, at=timezone.now())
    except REFUSALS as error:
        say_refusal(request, error)
    return redirect("enrollment:diagram", application.reference)
