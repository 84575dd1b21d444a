"""Creating an endpoint.

It stands on this floor because the exchange knows third parties and feeders by their mRID alone;
their names come from customers and registry.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from customers.selectors import providers
from exchange import services
from exchange.forms import EndpointForm, ThirdPartyEndpointForm
from exchange.views.access import Reader, managers_only
from registry.selectors import Feeder


@never_cache
@managers_only
def endpoint_new(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Ask for name and address; then show the secret, once."""
    form = _form(request, reader)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_endpoint(**form.facts(owner_mrid=reader.owner_mrid))
        except services.EndpointRefused as refused:
            form.add_error(None, refused)
        else:
            return render(request, "exchange/endpoint_created.html", {"made": made})
    status = 400 if form.is_bound else 200
    return render(request, "exchange/endpoint_new.html", {"form": form}, status=status)


def _form(request: HttpRequest, reader: Reader) -> ThirdPartyEndpointForm:
    if not reader.is_staff:
        return ThirdPartyEndpointForm(request.POST or None)
    feeders = Feeder.objects.select_related("substation").order_by("name")
    return EndpointForm(
        request.POST or None,
        third_parties={each.name: each.mrid for each in providers("third_party")},
        feeders={each.mrid: f"{each.name}, {each.substation}" for each in feeders},
    )
