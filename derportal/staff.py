"""Staff sign in with a second factor (setting STAFF_SECOND_FACTOR)."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from .roles import is_staff_role, roles_of

ALWAYS_OPEN = ("/accounts/", "/static/", "/healthz", "/readyz", "/api/", "/oauth/")


class StaffSecondFactorMiddleware:
    """Sends a staff member without a second factor to the page where they set it up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the request through, or redirect."""
        if settings.STAFF_SECOND_FACTOR and _lacks_second_factor(request):
            messages.warning(request, "Staff accounts need a second factor. Set it up to go on.")
            return redirect("mfa_activate_totp")
        return self.get_response(request)


def _lacks_second_factor(request: HttpRequest) -> bool:
    if request.path.startswith(ALWAYS_OPEN) or not request.user.is_authenticated:
        return False
    is_staff = request.user.is_staff or any(is_staff_role(role) for role in roles_of(request.user))
    return is_staff and not is_mfa_enabled(request.user)
