"""Work orders with what the crew found, to read. The crew's own page records it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from workflow.back_office import ReadOnlyAdmin, ReadOnlyInline

from .models import ChecklistItem, Photo, WorkOrder


class ChecklistInline(ReadOnlyInline):
    """The checklist with its answers."""

    model = ChecklistItem
    fields = ("position", "question", "expected", "answer", "found", "source")


class PhotoInline(ReadOnlyInline):
    """Links to the pictures; they are served with the reader's permission checked."""

    model = Photo
    fields = ("picture", "caption", "taken_at")
    readonly_fields = ("picture",)

    @admin.display(description="photo")
    def picture(self, photo: Photo) -> SafeString:
        """A link to the picture."""
        url = reverse("enrollment:work-order-photo", args=[photo.work_order.number, photo.pk])
        return format_html('<a href="{}">Open</a>', url)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Photo]:
        """With the number of the work order."""
        return super().get_queryset(request).select_related("work_order")


@admin.register(WorkOrder)
class WorkOrderAdmin(ReadOnlyAdmin):
    """One visit to one installation."""

    list_display = ("number", "state", "visit", "address", "due_on", "finished_at", "finished_by")
    list_filter = ("state", "due_on")
    list_select_related = ("finished_by", "assigned_to")
    search_fields = ("number", "address", "service_request_mrid")
    inlines = (ChecklistInline, PhotoInline)
