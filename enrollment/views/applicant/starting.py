"""My applications, starting one, and the first steps of a new customer."""

from typing import Any
from uuid import uuid4

from allauth.core import ratelimit
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
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
from .common import SignedInRequest, key_in, posted, show_refusal, signed_in
from .words import TONES, name_of_system

PAGE_SIZE = 50
MOST_WAITING = 200
MINE = [state for state, facts in FACTS.items() if facts.owner == APPLICANT]


@signed_in
def applications(request: SignedInRequest) -> HttpResponse:
    """The applications I may act on: those that wait for me first, the others page by page."""
    user = request.user
    if (step := _first_step(user)) is not None:
        return redirect(step)
    found = requests_of(user).select_related("procedure")
    before = key_in(request.GET.get("before", ""))
    waiting = found.filter(state__in=MINE)[:MOST_WAITING] if before is None else []
    others, next_url = _page(found.exclude(state__in=MINE), before)
    form = _start_form(user)
    context = {
        "form": form,
        "start_key": uuid4(),
        "is_installer": user.provider_id is not None,
        "has_customers": form.fields["customer"].queryset.exists(),  # type: ignore[attr-defined]
        "needs_you": [_row(application, user) for application in waiting],
        "others": [_row(application, user) for application in others],
        "next_url": next_url,
        "is_later": before is not None,
    }
    return render(request, "enrollment/applicant/applications.html", context)


def _page(found: QuerySet[ServiceRequest], before: int | None) -> tuple[list[ServiceRequest], str]:
    """One page of older requests, and the address of the next; keyset, so it stays right."""
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    return shown, f"?before={shown[-1].pk}" if len(rows) > PAGE_SIZE else ""


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
    form = RegisterForm(posted(request), initial=initial)
    if form.is_valid():
        register_customer(user=request.user, **form.cleaned_data)
        return redirect("enrollment:applications")
    context = {"form": form, "is_new": known is None}
    return render(request, "enrollment/applicant/register.html", context)


def _may_try_again(request: SignedInRequest, form: LinkAccountForm) -> bool:
    """Ten tries an hour: account numbers must not be found by trying."""
    if ratelimit.consume(request, action="link_account", user=request.user):
        return True
    form.add_error(None, "Too many tries. Wait an hour, or call us with your bill at hand.")
    return False


@signed_in
def link(request: SignedInRequest) -> HttpResponse:
    """Link the account of the bill, which brings its service point."""
    customer = customer_of(request.user)
    if customer is None:
        return redirect("enrollment:register")
    form = LinkAccountForm(posted(request))
    if form.is_valid() and _may_try_again(request, form):
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
