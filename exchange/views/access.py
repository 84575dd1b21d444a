"""Who may use the console: staff with every endpoint, a third party with its own."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.vary import vary_on_headers

from exchange import selectors
from exchange.selectors import Endpoint

View = Callable[..., HttpResponse]


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What one person may see and do. ``owner_mrid`` None: with every endpoint."""

    owner_mrid: UUID | None
    may_resend: bool
    may_manage: bool
    may_decide: bool

    @property
    def is_staff(self) -> bool:
        """Whether the person works for the utility."""
        return self.owner_mrid is None


def reader_of(user: Any) -> Reader | None:
    """What the user may see of the log, or None if it does not exist for them."""
    if user.has_perm("exchange.view_outboundmessage"):
        return _reader(user, None)
    company = getattr(user, "provider", None)
    if company is None or company.kind != "third_party":
        return None
    return _reader(user, company.mrid)


def _reader(user: Any, owner_mrid: UUID | None) -> Reader:
    return Reader(
        owner_mrid=owner_mrid,
        may_resend=user.has_perm("exchange.resend_message"),
        may_manage=user.has_perm("exchange.manage_endpoint"),
        may_decide=user.has_perm("exchange.manage_delivery"),
    )


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


def managers_only(view: View) -> View:
    """As readers_only, for whoever may create endpoints and change secrets."""
    return _only(view, lambda reader: reader.may_manage)


def deciders_only(view: View) -> View:
    """As readers_only, for whoever may suspend, resume, skip and recover."""
    return _only(view, lambda reader: reader.may_decide)


def _only(view: View, may: Callable[[Reader], bool]) -> View:
    @readers_only
    @wraps(view)
    def guarded(request: HttpRequest, reader: Reader, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may(reader):
            raise Http404
        return view(request, reader, *args, **kwargs)

    return guarded


def endpoint_or_404(reader: Reader, mrid: UUID) -> Endpoint:
    """The endpoint, unless it is absent or another's."""
    try:
        return selectors.endpoint_of(mrid=mrid, owner_mrid=reader.owner_mrid)
    except Endpoint.DoesNotExist:
        raise Http404 from None
