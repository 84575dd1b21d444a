"""An endpoint's settings, its secrets, and what was decided about it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from exchange import selectors, services
from exchange.forms import (
    AuthenticationForm,
    InboundForm,
    ServerCertificateForm,
    SettingsForm,
)
from exchange.selectors import DeliveryDecision, Endpoint

from .access import Reader, endpoint_or_404, managers_only, readers_only
from .shell import shell


@dataclass(frozen=True)
class Asked:
    """What a page of settings says, before and after."""

    title: str
    text: str = "Messages that wait are sent the new way."
    said: str = "Changed. Send a test message to see that it works."


@require_safe
@readers_only
def endpoint_settings(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """The facts, with a way to change each."""
    context = shell(reader, mrid, "settings")
    decisions = selectors.decisions_of(context["endpoint"])
    context |= {
        "history": [_entry(each, request, reader) for each in decisions],
        "is_rotating": services.is_rotating(context["endpoint"]),
        "certificates": services.certificates_of(context["endpoint"]),
        "proofs": _proofs(context["endpoint"]),
        "soon": context["now"] + selectors.CERTIFICATE_WARNING,
    }
    return render(request, "exchange/endpoint_settings.html", context)


@managers_only
def endpoint_edit(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """Change how messages are written, retried and paced."""
    endpoint = endpoint_or_404(reader, mrid)
    names = [name for name in SettingsForm.base_fields if name != "reason"]
    form = SettingsForm(
        request.POST or None, initial={name: getattr(endpoint, name) for name in names}
    )
    if endpoint.kind != Endpoint.Kind.WORK_MANAGEMENT:
        del form.fields["takes_requests"]
    change = partial(_change, services.change_settings, form, endpoint)
    return _changed(request, endpoint, form, change, Asked("Change the settings"))


@never_cache
@managers_only
def endpoint_authentication(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """Change who we are at the endpoint."""
    endpoint = endpoint_or_404(reader, mrid)
    form = AuthenticationForm(request.POST or None, initial={"kind": endpoint.authentication})
    change = partial(form.apply, endpoint=endpoint)
    return _changed(request, endpoint, form, change, Asked("Change the authentication"))


@managers_only
def endpoint_server(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """Change which server certificate we accept."""
    endpoint = endpoint_or_404(reader, mrid)
    form = ServerCertificateForm(
        request.POST or None, initial={"certificate": endpoint.server_certificate}
    )
    change = partial(_change, services.pin_server_certificate, form, endpoint)
    return _changed(request, endpoint, form, change, Asked("Pin the server certificate"))


@managers_only
def endpoint_proofs(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """Change how it proves that a message is its own."""
    endpoint = endpoint_or_404(reader, mrid)
    form = InboundForm(request.POST or None, request.FILES or None, endpoint=endpoint)
    asked = Asked(
        "Change who may send",
        text="What comes in is refused unless it is proven in one of these ways.",
        said="Changed. What it sends from now on is judged by this.",
    )
    return _changed(request, endpoint, form, form.apply, asked)


def _proofs(endpoint: Endpoint) -> list[str]:
    """The ways in which it proves what it sends, in words."""
    return [Endpoint.Inbound(each).label for each in endpoint.inbound_authentications]


def _change(
    service: Callable[..., Any], form: forms.Form, endpoint: Endpoint, **decided: Any
) -> None:
    service(endpoint=endpoint, **decided, **form.cleaned_data)


def _changed(
    request: HttpRequest,
    endpoint: Endpoint,
    form: forms.Form,
    change: Callable[..., None],
    asked: Asked,
) -> HttpResponse:
    """Ask, then let the service decide; what it refuses stands at the field."""
    back = reverse("messages:endpoint-settings", args=[endpoint.mrid])
    if request.method == "POST" and form.is_valid():
        try:
            change(by=_user(request), at=timezone.now())
        except services.EndpointRefused as refused:
            form.add_error(None, refused)
        except services.DecisionRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, asked.said)
            return redirect(back)
    act = {
        "title": asked.title,
        "text": asked.text,
        "button": "Save",
        "button_class": "btn-primary",
        "back": back,
        "back_label": endpoint.name,
    }
    status = 400 if form.is_bound else 200
    return render(request, "exchange/act.html", {"act": act, "form": form}, status=status)


@never_cache
@managers_only
def endpoint_secret(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """Say what a rotation does; then do it and show the new secret, once."""
    endpoint = endpoint_or_404(reader, mrid)
    context: dict[str, Any] = {"endpoint": endpoint}
    if request.method == "POST":
        try:
            context["secret"] = services.begin_rotation(
                endpoint=endpoint,
                by=_user(request),
                at=timezone.now(),
                seen=request.POST.get("seen", ""),
            )
        except services.EndpointRefused as refused:
            messages.warning(request, f"Nothing was changed. {refused.messages[0]}")
            return redirect("messages:endpoint-secret", mrid)
    context["seen"] = services.mark_of_secrets(endpoint)
    context["is_rotating"] = services.is_rotating(endpoint)
    return render(request, "exchange/endpoint_secret.html", context)


@require_POST
@managers_only
def endpoint_secret_end(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """Only the newest secret signs from now on."""
    endpoint = endpoint_or_404(reader, mrid)
    try:
        services.end_rotation(endpoint=endpoint, by=_user(request), at=timezone.now())
    except services.EndpointRefused as refused:
        messages.warning(request, f"Nothing was changed. {refused.messages[0]}")
    else:
        messages.success(request, "The previous secret has ended. Only the newest one signs.")
    return redirect("messages:endpoint-settings", mrid)


@never_cache
@managers_only
def endpoint_credentials(request: HttpRequest, reader: Reader, mrid: UUID) -> HttpResponse:
    """Say what new credentials for the API do; then make them and show them, once."""
    endpoint = endpoint_or_404(reader, mrid)
    token_url = request.build_absolute_uri(reverse("oauth-token"))
    context: dict[str, Any] = {"endpoint": endpoint, "token_url": token_url}
    if request.method == "POST":
        context["issued"] = services.renew_client_credentials(
            endpoint=endpoint, by=_user(request), at=timezone.now()
        )
    return render(request, "exchange/endpoint_credentials.html", context)


def _entry(decision: DeliveryDecision, request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """One line of the history. A third party reads the names of its own people only."""
    company = getattr(request.user, "provider_id", None)
    by = decision.by
    is_known = by and (reader.is_staff or (company is not None and by.provider_id == company))
    return {
        "when": decision.at,
        "who": str(by) if is_known else "The utility" if by else "",
        "what": decision.get_action_display(),
        "note": decision.reason,
        "tone": _TONES.get(decision.action, ""),
    }


_TONES = {"suspended": "bad", "resumed": "ok", "skipped": "hold", "recovered": "ok"}


def _user(request: HttpRequest) -> Any:
    """Whoever acts; the guard has seen to it that they are signed in."""
    return request.user
