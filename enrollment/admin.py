"""Service requests in the back office. Its decision buttons call the same services as the pages.

django-fsm-2's own admin mixin runs a transition for a forged POST without asking for the
permission, so it is not used: nothing here moves a state but the services.
"""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from customers.selectors import User
from engineering.selectors import screen_sets
from workflow.back_office import ModelAdmin, ReadOnlyAdmin, ReadOnlyInline
from workflow.selectors import history_of

from .models import Attachment, InformationRequest, Procedure, ServiceRequest, StageClock
from .services import make_default_procedure
from .views.staff.access import sent_request
from .views.staff.acts import ACTS, Act, act_named, belongs_to, reasons_against
from .views.staff.refusals import REFUSALS, moves_of, words_of
from .views.staff.review import changed_since, seen_of


class StageClockInline(ReadOnlyInline):
    """How long the request was in each state."""

    model = StageClock
    fields = ("state", "owner", "started_at", "due_on", "stopped_at", "days_used", "stop_reason")


class AttachmentInline(ReadOnlyInline):
    """The papers; the file itself is opened on the review page."""

    model = Attachment
    fields = ("kind", "original_name", "size_bytes", "pages", "uploaded_at", "removed_at")


class InformationRequestInline(ReadOnlyInline):
    """What staff asked for."""

    model = InformationRequest
    fields = ("asked_from", "asked_by", "asked_at", "answered_at", "answer")


@admin.register(ServiceRequest)
class ServiceRequestAdmin(ReadOnlyAdmin):
    """One request with its history, and the decisions that are open to its reader."""

    change_form_template = "admin/enrollment/servicerequest/change_form.html"
    list_display = (
        "reference",
        "state",
        "customer",
        "tariff_version",
        "claimed_by",
        "submitted_at",
    )
    list_filter = (
        "state",
        "procedure",
        ("claimed_by", admin.RelatedOnlyFieldListFilter),
        "der__usage_point__network_connection__transformer__feeder",
    )
    list_select_related = ("customer", "tariff_version__tariff", "claimed_by")
    search_fields = ("reference", "mrid", "customer__name", "der__usage_point__name", "der__mrid")
    fields = (
        "reference",
        "mrid",
        "state",
        "customer",
        "der",
        "tariff_version",
        "procedure",
        "submitted_at",
        "submitted_by",
        "claimed_by",
        "engineering_by",
        "operations_by",
        "held_for",
        "communication_proven_at",
        "communication_note",
        "operated_from",
        "wanted_on",
        "notes",
        "history",
    )
    readonly_fields = fields
    inlines = (StageClockInline, InformationRequestInline, AttachmentInline)

    @admin.display(description="history")
    def history(self, request: ServiceRequest) -> SafeString:
        """Every state change with its person and reason, the newest first."""
        moves = moves_of(list(history_of(request)))
        rows = (
            (f"{move.at:%Y-%m-%d %H:%M} UTC", move.who, move.did, move.target, move.note)
            for move in reversed(moves)
        )
        line = "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>"
        head = "<tr><th>When</th><th>Who</th><th>What</th><th>State</th><th>Reason</th></tr>"
        body = format_html_join("", line, rows)
        return SafeString(f"<table>{head}{body}</table>")

    def get_urls(self) -> list[URLPattern]:
        """One address for each decision."""
        own = path(
            "<int:pk>/act/<slug:name>/",
            self.admin_site.admin_view(self.act_view),
            name="enrollment_servicerequest_act",
        )
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The reader's decisions beside the record."""
        wanted = self.get_object(request, object_id)
        acts = _open_acts(wanted, request.user) if wanted is not None else []
        context = {**(extra_context or {}), "acts": acts}
        return super().change_view(request, object_id, form_url, context)

    def act_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Ask for the reason, then call the service that the review page calls."""
        row = self.get_object(request, str(pk))
        if row is None or not self.has_view_permission(request, row):
            raise PermissionDenied
        wanted, act = sent_request(row.reference), act_named(name)
        reasons = reasons_against(act, wanted, request.user)
        if reasons and request.method != "POST":
            messages.error(request, " ".join(reasons))
            return _back(wanted)
        if request.method == "POST":
            return self._act(request, wanted, act)
        form = act.form(wanted=wanted, initial={"seen": seen_of(wanted)}, prefix=act.name)
        return self._ask(request, wanted, act, form)

    def _act(self, request: HttpRequest, wanted: ServiceRequest, act: Act) -> HttpResponse:
        form = act.form(request.POST, wanted=wanted, prefix=act.name)
        if not form.is_valid():
            return self._ask(request, wanted, act, form, 400)
        if changed_since(wanted, form.cleaned_data["seen"]):
            form.add_error(None, "Somebody has changed the request; see its history.")
            return self._ask(request, wanted, act, form, 409)
        try:
            act.perform(wanted, form, request.user, timezone.now())
        except PermissionDenied:
            raise
        except REFUSALS as error:
            form.add_error(None, words_of(error))
            return self._ask(request, wanted, act, form, 409)
        except IntegrityError:
            form.add_error(None, "Somebody else was quicker; see its history.")
            return self._ask(request, wanted, act, form, 409)
        messages.success(request, f"{wanted.reference} {act.done}.")
        return _back(wanted)

    def _ask(
        self, request: HttpRequest, wanted: ServiceRequest, act: Act, form: Any, status: int = 200
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{act.label}: {wanted.reference}",
            "opts": self.opts,
            "original": wanted,
            "act": act,
            "form": form,
        }
        template = "admin/enrollment/servicerequest/act.html"
        return TemplateResponse(request, template, context, status=status)


def _open_acts(wanted: ServiceRequest, user: Any) -> list[Act]:
    own = (act for act in ACTS if belongs_to(act, user))
    return [act for act in own if not reasons_against(act, wanted, user)]


def _back(wanted: ServiceRequest) -> HttpResponse:
    return redirect(reverse("admin:enrollment_servicerequest_change", args=[wanted.pk]))


@admin.register(Procedure)
class ProcedureAdmin(ModelAdmin):
    """Versions of the procedures. One that a request follows is not changed any more."""

    list_display = ("title", "code", "version", "valid_from", "valid_to", "is_default")
    list_filter = ("is_default", "holiday_country")
    search_fields = ("title", "code")
    readonly_fields = ("is_default",)
    actions = ("make_default",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only screens that exist: a wrong name would refuse every application."""
        if db_field.name == "screen_set":
            choices = sorted(screen_sets().items())
            return forms.ChoiceField(choices=choices, label=capfirst(db_field.verbose_name))
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.action(description="Make the default for new applications", permissions=["change"])
    def make_default(self, request: HttpRequest, chosen: QuerySet[Procedure]) -> None:
        """The one procedure that new applications follow, also when others follow it already."""
        if chosen.count() != 1:
            messages.error(request, "Choose one procedure: there is only one default.")
            return
        procedure = chosen.get()
        make_default_procedure(procedure=procedure, by=cast(User, request.user))
        messages.success(request, f"New applications follow {procedure}.")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only while nobody follows it: a decision is replayed under the version it was made by."""
        if obj is not None and obj.service_requests.exists():
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: requests point at it."""
        return False
