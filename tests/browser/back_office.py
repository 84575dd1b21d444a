"""The addresses of the back office, from the admin's registry: a new model needs no line here."""

from collections.abc import Iterator

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from customers.selectors import User
from derportal.demo.load import load_demo
from enrollment.selectors import ServiceRequest
from enrollment.states import State
from enrollment.views.staff.acts import ACTS, reasons_against
from tariffs.selectors import TariffVersion, terms_of


def demo_with_root() -> User:
    """The demo's world, and who may open everything in it that anybody may."""
    list(load_demo(at=timezone.now()))
    demanding = next(v for v in TariffVersion.objects.all() if terms_of(v).requires_communication)
    waiting = ServiceRequest.objects.filter(state=State.ENGINEERING_REVIEW)
    assert waiting.update(tariff_version=demanding), "one waits for its communication test"
    root: User = User.objects.create_superuser("root@alder-valley.example", "x")
    return root


def lists_for(user: User) -> Iterator[str]:
    """The overviews, the list of each model, and its empty form."""
    yield reverse("admin:index")
    yield reverse("admin:password_change")
    for app in sorted({model._meta.app_label for model in admin.site._registry}):
        yield reverse("admin:app_list", args=[app])
    for model in admin.site._registry:
        yield from lists_of(model, user)


def lists_of(model: type[Model], user: User) -> Iterator[str]:
    """The list of one model, and its empty form."""
    yield reverse(f"{_name(model)}_changelist")
    if admin.site._registry[model].has_add_permission(_request(user)):
        yield reverse(f"{_name(model)}_add")


def rows_for(user: User) -> Iterator[str]:
    """One row of each model with its history; and each decision."""
    for model in admin.site._registry:
        yield from row_of(model, user)
    yield from _decisions(user)


def row_of(model: type[Model], user: User) -> Iterator[str]:
    """The latest row of one model, its history, and the question before it is deleted."""
    row = model._default_manager.order_by("pk").last()
    if row is None:
        return
    yield reverse(f"{_name(model)}_change", args=[row.pk])
    yield reverse(f"{_name(model)}_history", args=[row.pk])
    if admin.site._registry[model].has_delete_permission(_request(user), row):
        yield reverse(f"{_name(model)}_delete", args=[row.pk])


def named(paths: Iterator[str]) -> dict[str, str]:
    """Each path under the name of its picture."""
    return {"admin-" + path.strip("/").replace("/", "-"): path for path in paths}


def _name(model: type[Model]) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}"


def _request(user: User) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user
    return request


def _decisions(user: User) -> Iterator[str]:
    """One confirmation for each decision, on the first request that it is open for."""
    for act in ACTS:
        for wanted in ServiceRequest.objects.exclude(state=State.DRAFT).order_by("pk"):
            if not reasons_against(act, wanted, user):
                yield reverse("admin:enrollment_servicerequest_act", args=[wanted.pk, act.name])
                break
