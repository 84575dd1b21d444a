"""The tariff task: compare the offers, read the exact text, accept it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from customers.selectors import may_accept_for
from tariffs.comparison import UNKNOWN, ComparisonRow, compare_offers
from tariffs.selectors import (
    Offer,
    current_agreement,
    price_summary,
    terms_of,
    text_to_accept,
    version_by_mrid,
)

from ...forms.applicant import AcceptForm
from ...selectors import ServiceRequest, offers_to
from ...services import accept_tariff
from .common import REFUSALS, SignedInRequest, after_task, for_task, show_refusal

SHOWN = 4


@for_task("tariff")
def tariff(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """Every tariff of today, side by side, with why it is or is not open to this DER."""
    if application.der is None or not application.der.units.all():
        return redirect("enrollment:equipment", application.reference)
    offers = offers_to(application, at=timezone.now())
    rows = compare_offers(offers)
    agreement = current_agreement(application.der)
    cards = [
        _card(offer, rows, place, application.tariff_version_id, agreement)
        for place, offer in enumerate(offers)
    ]
    context = {
        "application": application,
        "open": [card for card in cards if card["offer"].is_eligible],
        "closed": [card for card in cards if not card["offer"].is_eligible],
    }
    return render(request, "enrollment/applicant/tariff.html", context)


def _card(
    offer: Offer, rows: list[ComparisonRow], place: int, chosen: int | None, agreement: Any
) -> dict[str, Any]:
    facts = [
        {"label": row.label, "value": row.cells[place]}
        for row in rows[1:]
        if row.cells[place] != UNKNOWN
    ]
    is_chosen = chosen == offer.version.pk and agreement is not None
    return {
        "offer": offer,
        "tariff": offer.version.tariff,
        "main": facts[:SHOWN],
        "more": facts[SHOWN:],
        "is_chosen": is_chosen,
    }


@for_task("tariff")
def tariff_terms(request: SignedInRequest, application: ServiceRequest, mrid: UUID) -> HttpResponse:
    """The exact text of one offer, and its acceptance by somebody who may."""
    offer = _offer(application, mrid)
    text = text_to_accept(offer.version)
    may_accept = may_accept_for(user=request.user, customer_id=application.customer_id)
    form = AcceptForm(
        request.POST if request.method == "POST" and may_accept else None,
        initial={"text_sha256": text.sha256},
    )
    if form.is_valid():
        try:
            accept_tariff(
                request=application,
                version=offer.version,
                name=form.cleaned_data["name"],
                text_sha256=form.cleaned_data["text_sha256"],
                by=request.user,
                at=timezone.now(),
            )
            return after_task(request, application)
        except REFUSALS as error:
            show_refusal(form, error)
    context = _terms_context(application, offer) | {
        "form": form,
        "text": text,
        "may_accept": may_accept,
    }
    return render(request, "enrollment/applicant/tariff_terms.html", context)


def _offer(application: ServiceRequest, mrid: UUID) -> Offer:
    version = version_by_mrid(mrid)
    if version is None or application.der is None:
        raise Http404
    offers = offers_to(application, at=timezone.now())
    found = [offer for offer in offers if offer.version.pk == version.pk]
    if not found:
        raise Http404
    return found[0]


def _terms_context(application: ServiceRequest, offer: Offer) -> dict[str, Any]:
    return {
        "application": application,
        "offer": offer,
        "tariff": offer.version.tariff,
        "terms": terms_of(offer.version),
        "prices": price_summary(offer.version),
    }
