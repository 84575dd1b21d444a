"""What every page needs: the utility's name, the menu of this user's roles, help."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from .demo.people import demo_people
from .roles import label_of, roles_of

Item = tuple[str, str]
STAFF_MENU: dict[str, tuple[Item, ...]] = {
    "support": (("Queue", "enrollment:queue"), ("Messages", "messages:log")),
    "engineering": (("Queue", "enrollment:queue"), ("Upgrades", "enrollment:upgrades")),
    "operations": (
        ("Queue", "enrollment:queue"),
        ("Upgrades", "enrollment:upgrades"),
        ("Messages", "messages:log"),
    ),
    "field": (("Work orders", "enrollment:work-orders"),),
    "auditor": (("Queue", "enrollment:queue"), ("Messages", "messages:log")),
    "administrator": (
        ("Queue", "enrollment:queue"),
        ("Upgrades", "enrollment:upgrades"),
        ("Work orders", "enrollment:work-orders"),
        ("Messages", "messages:log"),
        ("Admin", "admin:index"),
    ),
}
CUSTOMER_MENU: tuple[Item, ...] = (
    ("My applications", "enrollment:applications"),
    ("Who may act for me", "enrollment:consents"),
)
INSTALLER_MENU: tuple[Item, ...] = (("Applications", "enrollment:applications"),)
THIRD_PARTY_MENU: tuple[Item, ...] = (("Messages", "messages:log"), *INSTALLER_MENU)


def portal(request: HttpRequest) -> dict[str, Any]:
    """The template variable ``portal``."""
    user = getattr(request, "user", None)
    roles = roles_of(user) if user is not None else []
    return {
        "portal": {
            "utility_name": settings.UTILITY_NAME,
            "support_phone": settings.SUPPORT_PHONE,
            "support_email": settings.SUPPORT_EMAIL,
            "demo": settings.DEMO,
            "demo_people": demo_people() if settings.DEMO else (),
            "user_role_label": ", ".join(label_of(role) for role in roles),
            "nav_items": _menu(request, roles),
        }
    }


def _menu(request: HttpRequest, roles: list[str]) -> list[dict[str, Any]]:
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return []
    items: list[Item] = []
    for role in roles:
        items += [item for item in _items_of(role) if item not in items]
    here = request.path
    return [
        {"label": label, "url": (url := reverse(name)), "active": here.startswith(url)}
        for label, name in items or CUSTOMER_MENU
    ]


def _items_of(role: str) -> tuple[Item, ...]:
    if role == "installer":
        return INSTALLER_MENU
    if role == "third_party":
        return THIRD_PARTY_MENU
    if role == "customer":
        return CUSTOMER_MENU
    return STAFF_MENU.get(role, ())
