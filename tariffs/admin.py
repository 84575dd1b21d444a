"""CA1, CA2: the tariff book and the agreements, to read."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, QuerySet, URLField
from django.http import HttpRequest

from workflow.back_office import ModelAdmin, ReadOnlyAdmin

from .models import CustomerAgreement, Tariff, TariffVersion


@admin.register(Tariff)
class TariffAdmin(ModelAdmin):
    """What customers can choose."""

    list_display = ("title", "code", "utility", "source_url")
    list_filter = ("utility",)
    search_fields = ("title", "code", "utility", "summary")
    readonly_fields = ("mrid", "code")
    # A source that is typed without its scheme is on https.
    formfield_overrides: ClassVar = {URLField: {"assume_scheme": "https"}}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: end a tariff by the validity of its versions."""
        return False


@admin.register(TariffVersion)
class TariffVersionAdmin(ModelAdmin):
    """Versions; read-only once somebody accepted one. Their text comes with the tariff book."""

    list_display = ("tariff", "version", "valid_from", "valid_to", "currency", "agreement_count")
    list_filter = ("tariff__utility", "currency", "valid_from")
    list_select_related = ("tariff",)
    search_fields = ("tariff__title", "tariff__code", "version")
    readonly_fields = ("mrid", "tariff", "version", "terms_text", "terms_sha256")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TariffVersion]:
        """With the number of agreements, in the same query."""
        versions: QuerySet[TariffVersion] = super().get_queryset(request)
        return versions.annotate(agreement_count=Count("agreements"))

    @admin.display(description="agreements", ordering="agreement_count")
    def agreement_count(self, version: Any) -> int:
        """How many agreements were accepted under it."""
        return int(version.agreement_count)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: versions come with the tariff book, rules and text checked."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: TariffVersion | None = None) -> bool:
        """Not after it was accepted; the database refuses it too."""
        if obj is not None and obj.agreements.exists():
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: TariffVersion | None = None) -> bool:
        """Never: end it by its validity."""
        return False


@admin.register(CustomerAgreement)
class CustomerAgreementAdmin(ReadOnlyAdmin):
    """Who accepted what, when, and in which time it held."""

    list_display = (
        "tariff_version",
        "customer",
        "accepted_name",
        "accepted_at",
        "active_from",
        "active_to",
        "superseded_at",
    )
    list_filter = ("tariff_version__tariff", "accepted_at", "active_from")
    list_select_related = ("tariff_version__tariff", "customer")
    search_fields = ("mrid", "der__mrid", "customer__name", "accepted_name", "text_sha256")
    date_hierarchy = "accepted_at"
