"""Customers and places to read; staff accounts to manage, without any password."""

from typing import Any

from allauth.mfa.admin import AuthenticatorAdmin
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest

from workflow.back_office import ModelAdmin, ReadOnlyAdmin

from .models import (
    Consent,
    Customer,
    CustomerAccount,
    CustomerNotification,
    Provider,
    ServiceLocation,
    UsagePoint,
    User,
)


@admin.register(User)
class UserAdmin(ModelAdmin):
    """People who sign in. They set their own password, by e-mail."""

    list_display = ("email", "first_name", "last_name", "provider", "is_staff", "is_active")
    list_filter = ("is_active", "is_staff", "groups", "provider")
    list_select_related = ("provider",)
    list_per_page = 50
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    fields = (
        "email",
        "first_name",
        "last_name",
        "provider",
        "is_active",
        "is_staff",
        "groups",
        "last_login",
        "date_joined",
    )
    readonly_fields = ("last_login", "date_joined")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new account has no password until its owner sets one by e-mail."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: decisions name people. Make the account inactive instead."""
        return False


admin.site.unregister([Group, Authenticator])


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """Roles with their permissions in a plain list: the picker of two boxes has no names that a
    screen reader could say."""

    filter_horizontal = ()


@admin.register(Authenticator)
class SecondFactorAdmin(AuthenticatorAdmin):  # type: ignore[misc]
    """Second factors, without their secrets. Deleting one lets a person who lost it sign in."""

    list_select_related = ("user",)
    exclude = ("data",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: people set up their own."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: it would no longer fit the device."""
        return False


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """Customers, with how to reach them."""

    list_display = ("name", "kind", "email", "phone")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("name", "email", "mrid")


@admin.register(CustomerAccount)
class CustomerAccountAdmin(ReadOnlyAdmin):
    """Billing accounts."""

    list_display = ("number", "customer")
    list_select_related = ("customer",)
    search_fields = ("number", "customer__name", "mrid")


@admin.register(Provider)
class ProviderAdmin(ReadOnlyAdmin):
    """Installers and third parties."""

    list_display = ("name", "kind", "license_number", "email")
    list_filter = ("kind",)
    search_fields = ("name", "license_number", "mrid")


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """Who may act for whom, from when until when."""

    list_display = ("customer", "provider", "may_accept_agreements", "active_from", "active_to")
    list_filter = ("may_accept_agreements", "provider")
    list_select_related = ("customer", "provider")
    search_fields = ("customer__name", "provider__name")


@admin.register(ServiceLocation)
class ServiceLocationAdmin(ReadOnlyAdmin):
    """Places that are served."""

    list_display = ("address", "town", "postal_code", "customer")
    list_filter = ("town",)
    list_select_related = ("customer",)
    search_fields = ("address", "town", "mrid")


@admin.register(UsagePoint)
class UsagePointAdmin(ReadOnlyAdmin):
    """Service points."""

    list_display = ("name", "service_location", "phase_code", "rated_current_a")
    list_filter = ("phase_code", "has_interval_meter")
    list_select_related = ("service_location",)
    search_fields = ("name", "service_location__address", "mrid")


@admin.register(CustomerNotification)
class CustomerNotificationAdmin(ReadOnlyAdmin):
    """What customers were told, and whether it went out."""

    list_display = (
        *("created_at", "subject", "customer", "user", "state", "attempt_count", "sent_at"),
    )
    list_filter = ("state", "kind")
    list_select_related = ("customer", "user")
    search_fields = ("subject", "customer__name", "user__email", "subject_mrid")
    exclude = ("html",)
