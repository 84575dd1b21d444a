"""Every endpoint with its health at a glance, and creating one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exchange import selectors, services
from exchange.forms import EndpointForm, ThirdPartyEndpointForm

from .access import Reader, managers_only, readers_only
from .rows import card_of
from .shell import main_tabs, today


@require_safe
@readers_only
def endpoints(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The endpoints by name; htmx asks for the table alone."""
    now = timezone.now()
    health = selectors.endpoint_health(owner_mrid=reader.owner_mrid, delivered_since=today(now))
    context = {
        "cards": [card_of(each, now=now) for each in health],
        "reader": reader,
        "now": now,
        "tabs": main_tabs("endpoints"),
    }
    is_poll = request.headers.get("HX-Request")
    name = "exchange/_endpoints_live.html" if is_poll else "exchange/endpoints.html"
    return render(request, name, context)


@never_cache
@managers_only
def endpoint_new(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Ask for name and address; then show the secret, once."""
    form_class = EndpointForm if reader.is_staff else ThirdPartyEndpointForm
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_endpoint(**form.facts(owner_mrid=reader.owner_mrid))
        except services.EndpointRefused as refused:
            form.add_error(None, refused)
        else:
            return render(request, "exchange/endpoint_created.html", {"made": made})
    status = 400 if form.is_bound else 200
    return render(request, "exchange/endpoint_new.html", {"form": form}, status=status)
