"""The page that names every service and schema, and the answer where there is none."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from cim import errors as codes
from cim.nouns import NOUNS, Noun
from derportal.inbound import TABLE
from exchange.services import Received, fault

from .soap import SERVICES


@dataclass(frozen=True)
class Row:
    """One noun: what of it is handled, its services and its schemas."""

    noun: str
    verbs: list[str]
    services: list[str]
    schemas: list[str]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Where messages go, and what there is; for everybody, like the schemas."""
    rows = sorted(map(_row, NOUNS.values()), key=lambda row: not row.verbs)
    return render(request, "cim/index.html", {"rows": rows})


def _row(noun: Noun) -> Row:
    services = [each.name for each in SERVICES.values() if each.noun is noun]
    schemas = {SERVICES[name].schema.removesuffix(".xsd") for name in services}
    return Row(
        noun=noun.name,
        verbs=[verb for verb, of in TABLE if of == noun.name],
        services=services,
        schemas=sorted({noun.name, *schemas}),
    )


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """A FaultMessage for a machine that posts to an address which is none."""
    answer: Received = fault(codes.INVALID, no_address(request), status=404)
    return HttpResponse(
        answer.body, content_type="application/xml; charset=utf-8", status=answer.status
    )


def no_address(request: HttpRequest) -> str:
    """The sentence that leads back."""
    door = reverse("cim:messages")
    start = request.build_absolute_uri(reverse("cim:index"))
    return f"there is no address {request.path[:200]}; messages go to {door}, all services: {start}"
