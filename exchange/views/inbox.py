"""What endpoints sent us, and what we answered."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from exchange import selectors
from exchange.forms import InboxFilterForm
from exchange.selectors import InboundMessage

from .access import Reader, readers_only
from .documents import document_of, verdict_of
from .message import header_of
from .paging import PAGE_SIZE, addresses, key
from .rows import inbound_status
from .shell import main_tabs, shell


@require_safe
@readers_only
def inbox(request: HttpRequest, reader: Reader) -> HttpResponse:
    """What came from every endpoint, newest first."""
    choices = list(selectors.endpoints_visible_to(reader.owner_mrid))
    form = InboxFilterForm(request.GET, endpoints=choices)
    context = _listed(request, form, reader, None)
    context |= {"tabs": main_tabs("received"), "with_endpoint": True}
    return _rendered(request, "exchange/inbox.html", context)


@require_safe
@readers_only
def endpoint_inbox(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """What came from one endpoint."""
    context = shell(reader, mrid, "received")
    form = InboxFilterForm(request.GET, endpoints=[])
    context |= _listed(request, form, reader, mrid)
    return _rendered(request, "exchange/endpoint_inbox.html", context)


@require_safe
@readers_only
def received(request: HttpRequest, reader: Reader, pk: int) -> HttpResponse:
    """One message that came in: its bytes, our schema's verdict, and our answer."""
    try:
        found = selectors.inbound_message(pk=pk, owner_mrid=reader.owner_mrid)
    except InboundMessage.DoesNotExist:
        raise Http404 from None
    body, reply = bytes(found.body), bytes(found.reply)
    context = {
        "message": found,
        "status": inbound_status(found),
        "header": header_of(body),
        "document": document_of(body),
        "verdict": verdict_of(body),
        "reply": document_of(reply),
        "reply_header": header_of(reply),
        "size": len(body),
        "reader": reader,
    }
    return render(request, "exchange/received.html", context)


def _listed(
    request: HttpRequest, form: InboxFilterForm, reader: Reader, mrid: UUID | None
) -> dict[str, Any]:
    wanted = form.wanted(owner_mrid=reader.owner_mrid, endpoint_mrid=mrid)
    before = key(request.GET.get("before", ""))
    found = selectors.inbox(wanted=wanted, before_id=before, limit=PAGE_SIZE + 1)
    return {
        "form": form,
        "rows": [(each, inbound_status(each)) for each in found[:PAGE_SIZE]],
        "reader": reader,
        "now": timezone.now(),
        **addresses(request, form, found, before),
    }


def _rendered(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    is_poll = request.headers.get("HX-Request")
    return render(request, "exchange/_inbox_live.html" if is_poll else name, context)
