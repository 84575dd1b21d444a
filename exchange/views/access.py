"""Who may read the message log: staff all of it, a third party its own endpoints' part."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.vary import vary_on_headers

View = Callable[..., HttpResponse]


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What one person may see. ``owner_mrid`` None: the messages of every endpoint."""

    owner_mrid: UUID | None
    may_resend: bool

    @property
    def is_staff(self) -> bool:
        """Whether the person works for the utility."""
        return self.owner_mrid is None


def reader_of(user: Any) -> Reader | None:
    """What the user may see of the log, or None if it does not exist for them."""
    may_resend = user.has_perm("exchange.resend_message")
    if user.has_perm("exchange.view_outboundmessage"):
        return Reader(owner_mrid=None, may_resend=may_resend)
    company = getattr(user, "provider", None)
    if company is None or company.kind != "third_party":
        return None
    return Reader(owner_mrid=company.mrid, may_resend=may_resend)


def readers_only(view: View) -> View:
    """Anonymous people sign in; whoever may read nothing of it gets the 404 of an absent page.

    A page that was left open reloads itself when its session has ended.
    """

    @login_required
    def signed_in(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        reader = reader_of(request.user)
        if reader is None:
            raise Http404
        return view(request, reader, *args, **kwargs)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.headers.get("HX-Request") and not request.user.is_authenticated:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return signed_in(request, *args, **kwargs)

    return vary_on_headers("HX-Request")(guarded)
