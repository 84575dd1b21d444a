"""Roles are Django groups; setup_roles makes them and their permissions."""

from typing import Any

from django.contrib.auth.models import Group, Permission

# What the back office (Django admin) shows to administrators and auditors.
VIEW_EVERYTHING = (
    "customers.view_consent",
    "customers.view_customer",
    "customers.view_customeraccount",
    "customers.view_provider",
    "customers.view_servicelocation",
    "customers.view_usagepoint",
    "customers.view_user",
    "engineering.view_networkupgrade",
    "engineering.view_screening",
    "enrollment.view_procedure",
    "enrollment.view_servicerequest",
    "exchange.view_deliveryattempt",
    "exchange.view_deliverydecision",
    "exchange.view_endpoint",
    "exchange.view_inboundmessage",
    "exchange.view_outboundmessage",
    "exchange.view_publication",
    "registry.view_der",
    "registry.view_derunit",
    "registry.view_equipment",
    "registry.view_feeder",
    "registry.view_substation",
    "registry.view_transformer",
    "tariffs.view_customeragreement",
    "tariffs.view_tariff",
    "tariffs.view_tariffversion",
    "workflow.view_statechange",
    "workorders.view_workorder",
)

ROLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "customer": ("Customer", ()),
    "installer": ("Installer", ()),
    # The console shows a third party only its own endpoints and their messages.
    "third_party": (
        "Third party",
        ("exchange.resend_message", "exchange.manage_endpoint", "exchange.manage_delivery"),
    ),
    "support": (
        "Customer Support",
        (
            "enrollment.view_all_requests",
            "enrollment.review_completeness",
            "enrollment.view_servicerequest",
            "exchange.view_outboundmessage",
        ),
    ),
    "engineering": (
        "Engineering",
        (
            "enrollment.view_all_requests",
            "enrollment.decide_engineering",
            "enrollment.view_servicerequest",
            "engineering.view_networkupgrade",
            "registry.view_der",
        ),
    ),
    "operations": (
        "Operations",
        (
            "enrollment.view_all_requests",
            "enrollment.decide_operations",
            "enrollment.view_servicerequest",
            "engineering.add_networkupgrade",
            "engineering.change_networkupgrade",
            "engineering.lift_networkupgrade",
            "engineering.view_networkupgrade",
            "registry.view_der",
            "exchange.view_outboundmessage",
            "exchange.resend_message",
            "exchange.manage_delivery",
        ),
    ),
    "field": ("Field crew", ("workorders.verify_installation", "workorders.view_workorder")),
    # Of systems only: work management, which builds what Operations has planned.
    "builders": (
        "Builders",
        ("engineering.change_networkupgrade", "engineering.lift_networkupgrade"),
    ),
    "auditor": ("Auditor", ("enrollment.view_all_requests", *VIEW_EVERYTHING)),
    "administrator": (
        "Administrator",
        (
            "enrollment.view_all_requests",
            "exchange.resend_message",
            "exchange.manage_endpoint",
            "exchange.manage_delivery",
            "exchange.change_endpoint",
            *VIEW_EVERYTHING,
        ),
    ),
}
STAFF = ("support", "engineering", "operations", "field", "auditor", "administrator")


def setup_roles() -> None:
    """Create every role group with exactly its permissions. Idempotent."""
    for name, (_, permissions) in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set([_permission(text) for text in permissions])


def _permission(text: str) -> Permission:
    app, codename = text.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def roles_of(user: Any) -> list[str]:
    """The user's roles; a signed-in user without any is a customer. Cached on the user."""
    if not user.is_authenticated:
        return []
    if not hasattr(user, "role_names"):
        names = list(user.groups.order_by("name").values_list("name", flat=True))
        user.role_names = names or ["customer"]
    return list(user.role_names)


def label_of(role: str) -> str:
    """What a page calls the role."""
    return ROLES[role][0] if role in ROLES else role


def is_staff_role(role: str) -> bool:
    """Whether the role is one of the DSO's own."""
    return role in STAFF
