"""Every page of the back office at both widths, by the same rules as our own pages.

The pages come from the admin's registry, so that a new model is swept without a line here. One
window walks them all: a page is checked wide, then made narrow and checked again.
"""

from collections.abc import Iterable, Iterator
from http import HTTPStatus

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from customers.selectors import User
from derportal.demo.load import load_demo
from enrollment.selectors import ServiceRequest
from enrollment.states import State
from enrollment.views.staff.acts import ACTS, reasons_against
from tariffs.selectors import TariffVersion, terms_of

from .conftest import HEIGHTS, WIDTHS, OpenPage, keep_picture, troubles_on, visits

# Several tests, so that several processes can share the work.
PARTS = 3
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
def root(transactional_db: None) -> User:
    """Who may open everything that anybody may, in the demo's world."""
    list(load_demo(at=timezone.now()))
    _let_one_wait_for_its_communication_test()
    root: User = User.objects.create_superuser("root@alder-valley.example", "x")
    return root


def _let_one_wait_for_its_communication_test() -> None:
    demanding = next(v for v in TariffVersion.objects.all() if terms_of(v).requires_communication)
    waiting = ServiceRequest.objects.filter(state=State.ENGINEERING_REVIEW)
    assert waiting.update(tariff_version=demanding)


def pages_for(user: User) -> Iterator[str]:
    """The address of each page of the admin that the person can open."""
    yield reverse("admin:index")
    yield reverse("admin:password_change")
    for app in sorted({model._meta.app_label for model in admin.site._registry}):
        yield reverse("admin:app_list", args=[app])
    for model in admin.site._registry:
        yield from _pages_of(model, user)
    yield from _decisions(user)


def _pages_of(model: type[Model], user: User) -> Iterator[str]:
    request = RequestFactory().get("/")
    request.user = user
    site = admin.site._registry[model]
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    yield reverse(f"{name}_changelist")
    if site.has_add_permission(request):
        yield reverse(f"{name}_add")
    row = model._default_manager.order_by("pk").last()
    if row is None:
        return
    yield reverse(f"{name}_change", args=[row.pk])
    yield reverse(f"{name}_history", args=[row.pk])
    if site.has_delete_permission(request, row):
        yield reverse(f"{name}_delete", args=[row.pk])


def _decisions(user: User) -> Iterator[str]:
    """One confirmation for each decision, on the first request that it is open for."""
    for act in ACTS:
        for wanted in ServiceRequest.objects.exclude(state=State.DRAFT).order_by("pk"):
            if not reasons_against(act, wanted, user):
                yield reverse("admin:enrollment_servicerequest_act", args=[wanted.pk, act.name])
                break


def sweep(page: Page, paths: Iterable[str]) -> list[str]:
    """What is wrong with the pages, with their addresses and widths."""
    return [trouble for path in paths for trouble in _troubles_of(page, path)]


def _troubles_of(page: Page, path: str) -> Iterator[str]:
    response = page.goto(path)
    assert response is not None
    if response.status != HTTPStatus.OK:
        yield f"{path} answered {response.status}"
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        keep_picture(page, "admin-" + path.strip("/").replace("/", "-"))
        yield from (f"{path} at {width}: {trouble}" for trouble in troubles_on(page))
        visits[page].troubles.clear()


@pytest.mark.parametrize("part", range(PARTS))
def test_every_admin_page_is_accessible_and_fits(
    part: int, root: User, open_page: OpenPage
) -> None:
    page = open_page(reverse("admin:index"), user=root)
    paths = list(pages_for(root))
    assert {act.name for act in ACTS} <= {path.split("/")[-2] for path in paths}
    assert sweep(page, paths[part::PARTS]) == []


def test_pages_of_whoever_only_reads_are_accessible_and_fit(
    root: User, open_page: OpenPage
) -> None:
    ada = User.objects.get(groups__name="administrator")
    page = open_page(reverse("admin:index"), user=ada)
    names = ("customers.User", "enrollment.Procedure", "tariffs.Tariff")
    assert (
        sweep(page, [path for name in names for path in _pages_of(apps.get_model(name), ada)]) == []
    )


def test_signing_in_to_the_admin_is_the_common_sign_in(
    transactional_db: None, open_page: OpenPage
) -> None:
    page = open_page(reverse("admin:login"))
    assert page.url.startswith(f"{visits[page].home}/accounts/login/")
    assert sweep(page, [page.url]) == []
