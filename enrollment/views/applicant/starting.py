"""My applications, starting one, and the first steps of a new customer."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers.selectors import User, customer_of, customers_of, usage_points_of
from customers.services import link_account, register_customer

from ...clocks import local_date
from ...forms.applicant import LinkAccountForm, RegisterForm, StartForm
from ...selectors import ServiceRequest, requests_of
from ...services import start_application
from ...states import APPLICANT, CLOSED, FACTS
from .common import SignedInRequest, show_refusal, signed_in
from .words import TONES, name_of_system

PAGE_SIZE = 50


@signed_in
def applications(request: SignedInRequest) -> HttpResponse:
    """The applications I may act on: those that wait for me first."""
    user = request.user
    if (step := _first_step(user)) is not None:
        return redirect(step)
    found = list(requests_of(user).select_related("procedure")[: PAGE_SIZE + 1])
    shown = [_row(application, user) for application in found[:PAGE_SIZE]]
    form = _start_form(user)
    context = {
        "form": form,
        "start_key": uuid4(),
        "is_installer": user.provider_id is not None,
        "has_customers": form.fields["customer"].queryset.exists(),  # type: ignore[attr-defined]
        "has_more": len(found) > PAGE_SIZE,
        "needs_you": [row for row in shown if row["needs_you"]],
        "others": [row for row in shown if not row["needs_you"]],
    }
    return render(request, "enrollment/applicant/applications.html", context)


def _first_step(user: User) -> str | None:
    if user.provider_id is not None:
        return None
    customer = customer_of(user)
    if customer is None:
        return "enrollment:register"
    return None if usage_points_of(customer).exists() else "enrollment:link-account"


def _row(application: ServiceRequest, user: User) -> dict[str, Any]:
    facts = FACTS[application.state]
    due_on = getattr(application, "due_on", None)
    return {
        "application": application,
        "system": name_of_system(application),
        "label": facts.customer_label,
        "tone": TONES.get(facts.tone, facts.tone),
        "needs_you": facts.owner == APPLICANT,
        "is_closed": application.state in CLOSED,
        "next_step": facts.next_step,
        "due_on": due_on,
        "is_late": due_on is not None and due_on < local_date(timezone.now()),
        "customer": "" if application.customer.user_id == user.pk else application.customer.name,
    }


def _start_form(user: User, data: Any = None) -> StartForm:
    return StartForm(data, customers=customers_of(user), initial={"start_key": uuid4()})


@require_POST
@signed_in
def start(request: SignedInRequest) -> HttpResponse:
    """Open a draft; the same key opens the same draft."""
    data = request.POST.copy()
    own = customer_of(request.user)
    if own is not None and not data.get("customer"):
        data["customer"] = str(own.pk)
    form = _start_form(request.user, data)
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return redirect("enrollment:applications")
    application = start_application(
        customer=form.cleaned_data["customer"],
        start_key=form.cleaned_data["start_key"],
        by=request.user,
        at=timezone.now(),
    )
    return redirect("enrollment:application", application.reference)


@signed_in
def register(request: SignedInRequest) -> HttpResponse:
    """Name, phone and kind of a customer."""
    if request.user.provider_id is not None:
        raise Http404
    known = customer_of(request.user)
    initial = (
        {"name": known.name, "phone": known.phone, "kind": known.kind}
        if known
        else {"name": request.user.get_full_name()}
    )
    form = RegisterForm(request.POST or None, initial=initial)
    if form.is_valid():
        register_customer(user=request.user, **form.cleaned_data)
        return redirect("enrollment:applications")
    context = {"form": form, "is_new": known is None}
    return render(request, "enrollment/applicant/register.html", context)


@signed_in
def link(request: SignedInRequest) -> HttpResponse:
    """Link the account of the bill, which brings its service point."""
    customer = customer_of(request.user)
    if customer is None:
        return redirect("enrollment:register")
    form = LinkAccountForm(request.POST or None)
    if form.is_valid():
        try:
            point = link_account(customer=customer, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{point.service_location} is now linked to you.")
            return redirect("enrollment:applications")
    points = usage_points_of(customer)
    return render(
        request, "enrollment/applicant/link_account.html", {"form": form, "points": points}
    )
