"""The front door: where each role starts, and the demo's one-click logins."""

import sys

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from .demo.people import demo_people
from .roles import is_staff_role, roles_of

STARTS = {
    "field": "enrollment:work-orders",
    "third_party": "messages:log",
    "customer": "enrollment:applications",
    "installer": "enrollment:applications",
}


def home(request: HttpRequest) -> HttpResponse:
    """The public start page, or the signed-in user's own first page."""
    if not request.user.is_authenticated:
        return render(request, "home.html")
    roles = roles_of(request.user)
    for role in roles:
        if role in STARTS:
            return redirect(STARTS[role])
    if request.user.is_superuser or any(is_staff_role(role) for role in roles):
        return redirect("enrollment:queue")
    return redirect("enrollment:applications")


@require_POST
def demo_login(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the demo's people. Does not exist outside the demo."""
    email = request.POST.get("email", "")
    if not settings.DEMO or email not in {person.email for person in demo_people()}:
        raise Http404
    user = get_object_or_404(get_user_model(), email=email)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("home")


def broken(_: HttpRequest) -> HttpResponse:
    """Called while an exception is handled: without the database it is 503, else a fault of ours.

    The page is made without the request: whoever is signed in is in the database.
    """
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        page = render_to_string("503.html")
        return HttpResponse(page, status=503, headers={"Retry-After": "5"})
    return HttpResponse(render_to_string("500.html"), status=500)
