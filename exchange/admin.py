"""Read-only admin of the exchange; an endpoint's name, source and territory can be edited."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from .models import (
    DeliveryAttempt,
    DeliveryDecision,
    Endpoint,
    InboundMessage,
    OutboundMessage,
    Publication,
)

if TYPE_CHECKING:
    # Django's classes cannot be subscripted when they run.
    AnyAdmin = admin.ModelAdmin[Any]
    AttemptTable = admin.TabularInline[DeliveryAttempt, OutboundMessage]
else:
    AnyAdmin = admin.ModelAdmin
    AttemptTable = admin.TabularInline


class ReadOnlyAdmin(AnyAdmin):
    """Rows that only services write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds rows here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes rows here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes rows here."""
        return False


@admin.register(Endpoint)
class EndpointAdmin(AnyAdmin):
    """Endpoints are registered by services; the secret is never shown."""

    list_display = ("name", "kind", "url", "is_active", "context")
    list_filter = ("kind", "is_active", "context")
    search_fields = ("name", "url", "=mrid")
    # What goes into the record of decisions is changed by services alone.
    readonly_fields = (
        *("is_active", "mrid", "kind", "url", "owner_mrid", "context", "concurrency"),
        *("edition", "namespace_year", "is_typed", "transport", "format", "is_strict"),
        "takes_requests",
        *("after_failure", "retry_profile", "messages_per_second"),
        *("authentication", "token_url", "client_certificate", "server_certificate"),
        *("certificate_expires_at", "epoch"),
        *("inbound_authentications", "inbound_certificate", "inbound_certificate_sha256"),
    )
    fields = ("name", "source", "feeder_mrids", *readonly_fields)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Only what was edited: a whole row would set the message numbers and the secret back."""
        obj.save(update_fields=form.changed_data)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """An endpoint needs a sealed secret: register_endpoint() makes it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may manage endpoints."""
        return request.user.has_perm("exchange.manage_endpoint")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may manage or view endpoints."""
        return self.has_change_permission(request) or super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Shown to those who may see any of it."""
        return self.has_view_permission(request) or super().has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """An endpoint with history stays."""
        return False


class AttemptInline(AttemptTable):
    """The attempts under their message."""

    model = DeliveryAttempt
    template = "admin/edit_inline/scrolling.html"
    extra = 0
    can_delete = False
    fields = ("number", "started_at", "ended_at", "http_status", "reply_result", "error")
    readonly_fields = fields


@admin.register(OutboundMessage)
class OutboundMessageAdmin(ReadOnlyAdmin):
    """The message log with its bytes."""

    list_display = (
        "sequence",
        "endpoint",
        "verb",
        "noun",
        "object_mrid",
        "state",
        "attempt_count",
        "created_at",
    )
    list_filter = ("state", "endpoint", "noun")
    search_fields = ("=message_id", "=object_mrid", "=correlation_id")
    list_select_related = ("endpoint",)
    show_full_result_count = False
    inlines: ClassVar = [AttemptInline]
    exclude = ("body",)
    readonly_fields = ("xml",)

    @admin.display(description="message")
    def xml(self, message: OutboundMessage) -> str:
        """The bytes as text."""
        return bytes(message.body).decode()


@admin.register(DeliveryAttempt)
class DeliveryAttemptAdmin(ReadOnlyAdmin):
    """Every attempt to deliver."""

    list_display = ("message", "number", "started_at", "ended_at", "http_status", "reply_result")
    list_filter = ("reply_result", "http_status")
    search_fields = ("=message__message_id",)
    list_select_related = ("message",)
    show_full_result_count = False


@admin.register(InboundMessage)
class InboundMessageAdmin(ReadOnlyAdmin):
    """What came in, with the bytes and the answer."""

    list_display = ("received_at", "endpoint", "verb", "noun", "object_mrid", "state", "error_code")
    list_filter = ("state", "endpoint", "noun")
    search_fields = ("=message_id", "=object_mrid", "=correlation_id")
    list_select_related = ("endpoint",)
    show_full_result_count = False
    exclude = ("body", "reply")
    readonly_fields = ("xml", "answer")

    @admin.display(description="message")
    def xml(self, message: InboundMessage) -> str:
        """The bytes as text."""
        return bytes(message.body).decode("utf-8", "replace")

    @admin.display(description="answer")
    def answer(self, message: InboundMessage) -> str:
        """The answer's bytes as text."""
        return bytes(message.reply).decode()


@admin.register(Publication)
class PublicationAdmin(ReadOnlyAdmin):
    """What each endpoint may read."""

    list_display = ("object_mrid", "endpoint", "object_version", "state", "tariff_code")
    list_filter = ("endpoint", "state", "is_withdrawn")
    search_fields = ("=object_mrid",)
    list_select_related = ("endpoint",)
    show_full_result_count = False


@admin.register(DeliveryDecision)
class DeliveryDecisionAdmin(ReadOnlyAdmin):
    """Who suspended, resumed, skipped or sent again, and why."""

    list_display = ("at", "endpoint", "action", "by", "reason")
    list_filter = ("action", "endpoint")
    list_select_related = ("endpoint", "by")
