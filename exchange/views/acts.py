"""Decisions about deliveries: suspend, resume, skip one, recover what failed. Each asks first."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from exchange import selectors, services
from exchange.forms import ReasonForm, RecoverForm, SinceForm
from exchange.selectors import Endpoint

from .access import Reader, deciders_only, endpoint_or_404, managers_only
from .message import message_or_404

SUSPEND = {
    "title": "Suspend deliveries",
    "text": "Nothing is sent until somebody resumes. What is to be told waits; nothing is lost.",
    "button": "Suspend deliveries",
    "button_class": "btn-danger",
}
STOP = {
    "title": "Stop the endpoint for good",
    "text": "Nothing goes to it and nothing of it is accepted any more, messages and API alike. "
    "What waits is kept; what happens from now on is not told to it. If it is started again, it is "
    "told of every DER in service. To pause, suspend it instead.",
    "button": "Stop the endpoint",
    "button_class": "btn-danger",
}
RESUME = {
    "title": "Resume deliveries",
    "text": "What waits is sent at once, in order, with all the time for new attempts.",
    "button": "Resume deliveries",
    "button_class": "btn-primary",
}
SKIP = {
    "title": "Skip this message",
    "text": "It is given up: the endpoint never gets it, and later messages of its object go on "
    "without it. It can be sent again later.",
    "button": "Skip message",
    "button_class": "btn-danger",
}
RECOVER = {
    "title": "Send failed messages again",
    "button_class": "btn-primary",
}


@deciders_only
def endpoint_suspend(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """Send nothing to the endpoint until it is resumed."""
    endpoint = endpoint_or_404(reader, mrid)
    said = f"Deliveries to {endpoint.name} are suspended."
    return _decide(request, _of(endpoint, SUSPEND), said, services.suspend_endpoint, endpoint)


@deciders_only
def endpoint_resume(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """Deliver to a suspended endpoint again."""
    endpoint = endpoint_or_404(reader, mrid)
    said = f"Deliveries to {endpoint.name} go on."
    return _decide(request, _of(endpoint, RESUME), said, services.resume_endpoint, endpoint)


@managers_only
def endpoint_stop(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """Stop everything for the endpoint, until it is started again."""
    endpoint = endpoint_or_404(reader, mrid)
    said = f"{endpoint.name} is stopped."
    return _decide(request, _of(endpoint, STOP), said, services.stop_endpoint, endpoint)


@deciders_only
def skip(request: HttpRequest, reader: Reader, message_id: UUID) -> HttpResponse:
    """Give one message up."""
    message = message_or_404(reader, message_id)
    form = ReasonForm(request.POST or None)
    act = {
        **SKIP,
        "back": reverse("messages:message", args=[message_id]),
        "back_label": f"{message.verb} {message.noun} {message.sequence}",
    }
    if request.method == "POST" and form.is_valid():
        try:
            services.skip_message(
                message=message, by=_user(request), at=timezone.now(), **form.cleaned_data
            )
        except services.DecisionRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The message is skipped.")
            return redirect(act["back"])
    return _asked(request, act, form)


@deciders_only
def endpoint_recover(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """Ask since when; then, with the number of messages, ask whether; then do it."""
    endpoint = endpoint_or_404(reader, mrid)
    act = _of(endpoint, RECOVER)
    if request.method == "POST":
        return _recover(request, endpoint, act)
    since = SinceForm(request.GET if "since" in request.GET else None)
    if not since.is_valid():
        act |= {"button": "Continue", "method": "get"}
        act["text"] = "Every message that failed since a time is sent once more, in order."
        return _asked(request, act, since)
    moment = since.cleaned_data["since"]
    return _confirmed(request, endpoint, act, RecoverForm(initial={"since": moment}), moment)


def _recover(request: HttpRequest, endpoint: Endpoint, act: dict[str, Any]) -> HttpResponse:
    form = RecoverForm(request.POST)
    if not form.is_valid():
        if "since" in form.errors:
            return redirect("messages:endpoint-recover", endpoint.mrid)
        return _confirmed(request, endpoint, act, form, form.cleaned_data["since"])
    count = services.recover_since(
        endpoint=endpoint, by=_user(request), at=timezone.now(), **form.cleaned_data
    )
    noun = "message goes" if count == 1 else "messages go"
    messages.success(request, f"{count} {noun} to {endpoint.name} again.")
    return redirect(act["back"])


def _confirmed(
    request: HttpRequest, endpoint: Endpoint, act: dict[str, Any], form: Any, since: datetime
) -> HttpResponse:
    """The number of messages before the button, or that there are none."""
    count = selectors.failed_count(endpoint=endpoint, since=since)
    when = timezone.localtime(since).strftime("%b %-d, %Y, %H:%M %Z")
    if not count:
        form = SinceForm(initial={"since": since})
        act |= {"button": "Continue", "method": "get"}
        act["text"] = f"No message that was created since {when} has failed. Choose another time."
        return _asked(request, act, form)
    noun = "message" if count == 1 else "messages"
    act["text"] = (
        f"{count} {noun} created since {when} failed and will be sent again, the same bytes with "
        "the same MessageID, in order."
    )
    return _asked(request, act | {"button": f"Send {count} {noun} again"}, form)


def _of(endpoint: Endpoint, act: dict[str, str]) -> dict[str, Any]:
    back = reverse("messages:endpoint", args=[endpoint.mrid])
    return {**act, "back": back, "back_label": endpoint.name}


def _decide(
    request: HttpRequest,
    act: dict[str, Any],
    said: str,
    service: Callable[..., None],
    endpoint: Endpoint,
) -> HttpResponse:
    """Ask for the reason, then let the service decide; what it refuses is said on the form."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            service(endpoint=endpoint, by=_user(request), at=timezone.now(), **form.cleaned_data)
        except services.DecisionRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, said)
            return redirect(act["back"])
    return _asked(request, act, form)


def _asked(request: HttpRequest, act: dict[str, Any], form: Any) -> HttpResponse:
    status = 400 if form.is_bound and form.errors else 200
    return render(request, "exchange/act.html", {"act": act, "form": form}, status=status)


def _user(request: HttpRequest) -> Any:
    """Whoever decides; the guard has seen to it that they are signed in."""
    return request.user
