"""The record of state changes, to read. A trigger refuses everything else."""

from django.contrib import admin

from .back_office import ReadOnlyAdmin
from .models import StateChange


@admin.register(StateChange)
class StateChangeAdmin(ReadOnlyAdmin):
    """Who moved what from where to where, when, and why."""

    list_display = ("at", "subject_type", "subject_mrid", "transition", "source", "target", "by")
    list_filter = ("subject_type", "transition", "target")
    list_select_related = ("by",)
    search_fields = ("subject_mrid", "note", "by__email")
    ordering = ("-at", "-id")
