"""Setting an endpoint up step by step: address, settings, secret, test message, start."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from exchange import selectors, services
from exchange.selectors import Endpoint, EndpointCheck

from .access import Reader, endpoint_or_404, managers_only, readers_only
from .checking import findings_of
from .documents import document_of
from .rows import duration_text
from .shell import shell


@require_safe
@readers_only
def endpoint_setup(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """The steps, and what became of the last test message."""
    context = shell(reader, mrid, "setup")
    endpoint = context["endpoint"]
    check = selectors.latest_check(endpoint)
    context |= {
        "check": check and _shown(check, reader),
        "why_not_started": (why := services.why_not_started(endpoint, latest=check)),
        "steps": _steps(endpoint, is_tested=not why),
    }
    return render(request, "exchange/endpoint_setup.html", context)


@require_POST
@managers_only
def endpoint_test(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """Send a test message now and show the answer."""
    endpoint = endpoint_or_404(reader, mrid)
    try:
        services.send_test_message(endpoint=endpoint, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except services.CheckRefused as refused:
        messages.warning(request, str(refused))
    return redirect("messages:endpoint-setup", mrid)


@require_POST
@managers_only
def endpoint_start(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """Let messages go to the endpoint, if it answered the test message."""
    endpoint = endpoint_or_404(reader, mrid)
    try:
        services.start_endpoint(endpoint=endpoint, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except services.CheckRefused as refused:
        messages.warning(request, f"Not started. {refused}")
        return redirect("messages:endpoint-setup", mrid)
    messages.success(request, f"{endpoint.name} is started. Messages go to it from now on.")
    return redirect("messages:endpoint", mrid)


def _steps(endpoint: Endpoint, *, is_tested: bool) -> list[dict[str, str]]:
    """What is done and what is left before the endpoint may be started."""
    settings = reverse("messages:endpoint-settings", args=[endpoint.mrid])
    done = {"status": "Done", "tone": "ok"}
    left = {"status": "Not yet started", "tone": "new"}
    return [
        {"label": "Address", "hint": endpoint.url, "url": settings, **done},
        {"label": "Signing secret", "hint": "Made and shown once", "url": settings, **done},
        {"label": "Test message", "hint": "Answered with OK", **(done if is_tested else left)},
        {"label": "Start", "hint": "Messages go to it from then on", **left},
    ]


def _shown(check: EndpointCheck, reader: Reader) -> dict[str, Any]:
    """A third party chose the address: it reads the answer only if that is a message of its own."""
    is_shown = bool(check.response) and (reader.is_staff or bool(check.reply_result))
    return {
        "facts": check,
        "findings": findings_of(check, reader),
        "duration": duration_text(check),
        "sent": document_of(bytes(check.body)),
        "response": document_of(check.response.encode()) if is_shown else None,
    }
