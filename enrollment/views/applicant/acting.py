"""What an applicant does after sending: answer, sign, report the installation, withdraw."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from customers.selectors import may_accept_for

from ...forms.applicant import AcceptForm, AnswerForm, InstalledForm, WithdrawForm
from ...selectors import ServiceRequest, offered_agreement, open_information_request
from ...services import report_installation, sign_agreement, supply_information, withdraw
from ...states import OPEN, State
from .common import REFUSALS, SignedInRequest, for_state, posted, show_refusal, to_application
from .status import mending_of
from .words import name_of_system


@for_state(State.INFORMATION_NEEDED)
def answer(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """Send the application back once everything asked for is mended."""
    asked = open_information_request(application)
    form = AnswerForm(posted(request))
    if form.is_valid():
        try:
            supply_information(
                request=application,
                answer=form.cleaned_data["answer"],
                by=request.user,
                at=timezone.now(),
            )
            messages.success(request, "Thank you. Your application is back with us.")
            return to_application(application)
        except REFUSALS as error:
            show_refusal(form, error)
    items = mending_of(application, asked)
    context = {
        "application": application,
        "form": form,
        "items": items,
        "is_ready": all(item["is_mended"] for item in items),
    }
    return render(request, "enrollment/applicant/answer.html", context)


@for_state(State.AGREEMENT_OFFERED)
def agreement(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """Read the offered agreement and sign it; only the customer, or who may accept for them."""
    text = offered_agreement(application)
    may_accept = may_accept_for(user=request.user, customer_id=application.customer_id)
    form = AcceptForm(
        request.POST if request.method == "POST" and may_accept else None,
        initial={"text_sha256": text.sha256},
    )
    if form.is_valid():
        try:
            sign_agreement(
                request=application,
                name=form.cleaned_data["name"],
                text_sha256=form.cleaned_data["text_sha256"],
                by=request.user,
                at=timezone.now(),
            )
            messages.success(request, "Thank you. Your agreement is signed.")
            return to_application(application)
        except REFUSALS as error:
            show_refusal(form, error)
    context = {
        "application": application,
        "system": name_of_system(application),
        "form": form,
        "text": text,
        "may_accept": may_accept,
    }
    return render(request, "enrollment/applicant/agreement.html", context)


@for_state(State.CONSTRUCTION)
def installed(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """The system is installed; the crew's visit is ordered."""
    form = InstalledForm(posted(request))
    if form.is_valid():
        try:
            report_installation(
                request=application,
                note=form.cleaned_data["note"],
                by=request.user,
                at=timezone.now(),
            )
            messages.success(request, "Thank you. Our crew will visit your installation.")
            return to_application(application)
        except REFUSALS as error:
            show_refusal(form, error)
    context = {"application": application, "form": form, "system": name_of_system(application)}
    return render(request, "enrollment/applicant/installed.html", context)


@for_state(*OPEN)
def withdraw_application(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """Ask whether the applicant is sure, then end the application."""
    form = WithdrawForm(posted(request))
    if form.is_valid():
        try:
            withdraw(
                request=application,
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=timezone.now(),
            )
            messages.success(request, "The application is withdrawn.")
            return to_application(application)
        except REFUSALS as error:
            show_refusal(form, error)
    context = {"application": application, "form": form, "system": name_of_system(application)}
    return render(request, "enrollment/applicant/withdraw.html", context)
