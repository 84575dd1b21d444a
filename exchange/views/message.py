"""One message: its envelope, its bytes, every attempt to deliver it, and sending it again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cim.elements import MessageRefused
from cim.envelope import Header
from cim.messages import read
from cim.xml import XmlRefused
from exchange import selectors, services
from exchange.selectors import DeliveryAttempt, MessageFilter, OutboundMessage

from .access import Reader, readers_only
from .curl import curl_for, file_name
from .documents import document_of, verdict_of
from .rows import Row, duration_text, error_for, rows_of

_UNFINISHED = (OutboundMessage.State.PENDING, OutboundMessage.State.DEAD)
SHOWN_ATTEMPTS = 20
SHOWN_EARLIER = 5


@require_safe
@readers_only
def message(request: HttpRequest, reader: Reader, message_id: UUID) -> HttpResponse:
    """Everything about one message; htmx asks for its delivery alone while it is pending."""
    found = message_or_404(reader, message_id)
    around = _with_earlier(found, timezone.now(), reader)
    context = {
        "message": found,
        "row": around[0],
        "attempts": _attempts(found, reader),
        "resends": [_resend_line(each, request, reader) for each in found.resend_requests.all()],
        "can_resend": reader.may_resend and found.state != OutboundMessage.State.PENDING,
        "can_skip": reader.may_decide and not found.is_repeat and found.state in _UNFINISHED,
        "reader": reader,
    }
    if request.headers.get("HX-Request"):
        return render(request, "exchange/_delivery_live.html", context)
    body = bytes(found.body)
    sent = services.posted(endpoint=found.endpoint, message=body)
    context |= {
        "earlier": around[1:],
        "header": header_of(body),
        "document": document_of(body),
        "verdict": verdict_of(body),
        "curl": curl_for(endpoint=found.endpoint, message_id=message_id, posted=sent),
        "posted": None if sent.body == body else document_of(sent.body),
        "posted_headers": sent.headers,
        "size": len(body),
    }
    return render(request, "exchange/message.html", context)


@require_safe
@readers_only
def download(request: HttpRequest, reader: Reader, message_id: UUID) -> HttpResponse:
    """The bytes as they are posted."""
    found = message_or_404(reader, message_id)
    sent = services.posted(endpoint=found.endpoint, message=bytes(found.body))
    response = HttpResponse(sent.body, content_type=sent.headers["Content-Type"])
    response["Content-Disposition"] = f'attachment; filename="{file_name(message_id, sent)}"'
    return response


@require_POST
@readers_only
def resend(request: HttpRequest, reader: Reader, message_id: UUID) -> HttpResponse:
    """Send it again, if the person may and it does not wait already."""
    found = message_or_404(reader, message_id)
    if not reader.may_resend:
        raise Http404
    try:
        services.resend(message=found, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except services.ResendRefused as refused:
        messages.warning(request, f"{refused} Nothing was changed.")
    else:
        messages.success(request, f"The message goes to {found.endpoint.name} again.")
    return redirect("messages:message", message_id)


def message_or_404(reader: Reader, message_id: UUID) -> OutboundMessage:
    """The message, unless it is absent or to another's endpoint."""
    try:
        return selectors.message_detail(message_id=message_id, owner_mrid=reader.owner_mrid)
    except OutboundMessage.DoesNotExist:
        raise Http404 from None


def _with_earlier(found: OutboundMessage, now: datetime, reader: Reader) -> list[Row]:
    """The message as a row, and the ones of the same object before it at the same endpoint."""
    same = MessageFilter(endpoint_mrid=found.endpoint.mrid, object_mrid=found.object_mrid)
    around = selectors.message_log(wanted=same, before_id=found.pk + 1, limit=SHOWN_EARLIER + 1)
    return rows_of(around, now=now, reader=reader)


def _attempts(found: OutboundMessage, reader: Reader) -> list[dict[str, Any]]:
    """The latest attempts, newest first."""
    latest = found.attempts.order_by("-number")[:SHOWN_ATTEMPTS]
    return [_attempt(each, reader) for each in latest]


def _attempt(attempt: DeliveryAttempt, reader: Reader) -> dict[str, Any]:
    """A third party chose the address: it reads what was answered only if that is a CIM reply."""
    is_shown = attempt.response and (reader.is_staff or attempt.reply_result)
    response = document_of(attempt.response.encode()) if is_shown else None
    return {
        "facts": attempt,
        "error": error_for(attempt.error, reader),
        "duration": duration_text(attempt),
        "response": response,
    }


def _resend_line(asked: Any, request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """Who asked. A third party reads the names of its own people, not those of the utility's."""
    company = getattr(request.user, "provider_id", None)
    is_known = reader.is_staff or (company is not None and asked.by.provider_id == company)
    states = dict(OutboundMessage.State.choices)
    return {
        "who": str(asked.by) if is_known else "",
        "at": asked.at,
        "state": states.get(asked.previous_state, asked.previous_state),
        "attempt_count": asked.previous_attempt_count,
    }


def header_of(body: bytes) -> Header | None:
    """The envelope's header, or None if it cannot be read."""
    try:
        return read(body).header
    except (XmlRefused, MessageRefused):
        return None
