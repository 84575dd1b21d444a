"""SR5, SR6: network upgrades and screenings, to read. The engineers' pages change them."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from .models import NetworkUpgrade, Screening

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    """Rows that services write and nobody edits."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: services write these rows, with their audit."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: services change these rows, with their audit."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: the record is not lost."""
        return False


@admin.register(NetworkUpgrade)
class NetworkUpgradeAdmin(ReadOnlyAdmin):
    """Work that requests wait for."""

    list_display = ("name", "feeder", "expected_on", "state", "completed_on", "cost_estimate")
    list_filter = ("state", "feeder__substation", "expected_on")
    list_select_related = ("feeder",)
    search_fields = ("name", "description", "feeder__name", "mrid")
    date_hierarchy = "expected_on"


@admin.register(Screening)
class ScreeningAdmin(ReadOnlyAdmin):
    """What the screens said of a request, with the inputs as they were."""

    list_display = ("service_request_mrid", "rule_set", "engine_version", "run_at")
    list_filter = ("rule_set", "engine_version")
    search_fields = ("service_request_mrid", "input_sha256")
    date_hierarchy = "run_at"
