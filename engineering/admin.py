"""SR5, SR6: network upgrades and screenings, to read. The engineers' pages change them."""

from django.contrib import admin

from workflow.back_office import ReadOnlyAdmin

from .models import NetworkUpgrade, Screening


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
