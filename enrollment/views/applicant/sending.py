"""Check answers, submit, the confirmation, and the record of what was sent."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from ...completeness import missing_for_submission
from ...documents import application_record
from ...selectors import ServiceRequest, tariff_misfits
from ...services import submit_application
from ...states import FACTS, State
from .common import REFUSALS, SignedInRequest, for_application, reasons_of, to_application
from .downloads import as_download
from .summary import sections_of
from .words import name_of_system


@for_application
def check_answers(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """Every answer with a way to change it, and the button that sends them."""
    if application.state != State.DRAFT:
        return to_application(application)
    missing = [
        *missing_for_submission(application),
        *tariff_misfits(application, at=timezone.now()),
    ]
    return _check_page(request, application, missing)


def _check_page(
    request: SignedInRequest,
    application: ServiceRequest,
    missing: list[str],
    *,
    is_error: bool = False,
) -> HttpResponse:
    context = {
        "application": application,
        "sections": sections_of(application),
        "missing": missing,
        "problems": [{"message": sentence} for sentence in missing] if is_error else [],
    }
    return render(request, "enrollment/applicant/check_answers.html", context)


@require_POST
@for_application
def submit(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """Send the application. Pressing again shows the same confirmation."""
    try:
        submit_application(request=application, by=request.user, at=timezone.now())
    except REFUSALS as error:
        reasons = [sentence for _, sentence in reasons_of(error)]
        return _check_page(request, application, reasons, is_error=True)
    return redirect("enrollment:submitted", application.reference)


@for_application
def submitted(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """The confirmation; it can be bookmarked and loaded again."""
    if application.submitted_at is None:
        return to_application(application)
    context = {
        "application": application,
        "system": name_of_system(application),
        "facts": FACTS[application.state],
        "due_on": getattr(application, "due_on", None),
        "is_first_step": application.state == State.COMPLETENESS_REVIEW,
    }
    return render(request, "enrollment/applicant/submitted.html", context)


@for_application
def record(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """The application as a PDF."""
    content = application_record(application, sections_of(application), at=timezone.now())
    return as_download(content, f"application-{application.reference}.pdf", "application/pdf")
