"""Who may act for me: the customer gives and ends a company's permission."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers.selectors import Customer, consents_of, customer_of, providers
from customers.services import give_consent, revoke_consent

from ...forms.applicant import ConsentForm
from .common import SignedInRequest, posted, show_refusal, signed_in


@signed_in
def consents(request: SignedInRequest) -> HttpResponse:
    """Everybody who may act for me now, who could before, and a form to add a company."""
    if request.user.provider_id is not None:
        raise Http404
    customer = customer_of(request.user)
    if customer is None:
        return redirect("enrollment:register")
    form = ConsentForm(posted(request), providers=providers())
    if form.is_valid():
        try:
            give_consent(customer=customer, by=request.user, at=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{form.cleaned_data['provider']} may now act for you.")
            return redirect("enrollment:consents")
    return render(request, "enrollment/applicant/consents.html", _context(customer, form))


def _context(customer: Customer, form: ConsentForm) -> dict[str, object]:
    given = list(consents_of(customer))
    return {
        "form": form,
        "current": [consent for consent in given if consent.active_to is None],
        "earlier": [consent for consent in given if consent.active_to is not None],
    }


@require_POST
@signed_in
def consent_end(request: SignedInRequest, mrid: UUID) -> HttpResponse:
    """End a company's permission now."""
    customer = customer_of(request.user)
    provider = providers().filter(mrid=mrid).first()
    if customer is None or provider is None:
        raise Http404
    revoke_consent(customer=customer, provider=provider, by=request.user, at=timezone.now())
    messages.success(request, f"{provider} can no longer act for you.")
    return redirect("enrollment:consents")
