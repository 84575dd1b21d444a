"""Who may open the staff's pages: an absent page and a forbidden one look the same."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from ... import selectors
from ...selectors import ServiceRequest

View = Callable[..., HttpResponse]
PEOPLE = (
    "submitted_by",
    "started_by",
    "engineering_by",
    "operations_by",
    "communication_proven_by",
)


def staff_only(view: View) -> View:
    """Anonymous people sign in; everybody who may not see all requests gets 404."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm("enrollment.view_all_requests"):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def user_of(request: HttpRequest) -> Any:
    """The person who acts; a guarded view has nobody else."""
    return request.user


def with_everything(found: QuerySet[ServiceRequest]) -> QuerySet[ServiceRequest]:
    """Requests with what ages, screens and guards read of them, in a fixed number of queries."""
    return found.select_related(
        "procedure", "der__usage_point__network_connection__transformer__feeder__substation"
    ).prefetch_related("clocks")


def sent_request(reference: str) -> ServiceRequest:
    """One request that was sent, with its people; 404 if there is none."""
    found = with_everything(selectors.all_requests()).prefetch_related(*PEOPLE, "der__provider")
    wanted = found.filter(reference=reference).first()
    if wanted is None:
        raise Http404
    return wanted


def safe_next(request: HttpRequest, default: str) -> str:
    """Where a form wants to go back to, if that is a page of ours."""
    wanted = request.POST.get("next", "")
    secure = request.is_secure()
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=secure):
        return wanted
    return default
