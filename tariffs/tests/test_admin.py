"""CA1, CA2: staff can read everything and rewrite nothing that was accepted."""

from http import HTTPStatus

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from customers.models import User
from tariffs.models import CustomerAgreement, Tariff, TariffVersion

from .factories import make_version
from .test_documents import agreement


@pytest.fixture
def root(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("root@utility.example", "a long password"))
    return client


@pytest.mark.parametrize("model", ["tariff", "tariffversion", "customeragreement"])
def test_lists_can_be_read_and_searched(root: Client, model: str) -> None:
    agreement("1. The terms.")
    page = root.get(reverse(f"admin:tariffs_{model}_changelist"), {"q": "T-HOME"})
    assert page.status_code == HTTPStatus.OK


def test_an_accepted_version_is_read_only(db: None) -> None:
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True)
    versions = admin.site.get_model_admin(TariffVersion)
    assert versions.has_change_permission(request, make_version("T-NEW"))
    accepted = agreement("1. The terms.").tariff_version
    assert not versions.has_change_permission(request, accepted)
    assert not versions.has_delete_permission(request, accepted)
    assert not versions.has_add_permission(request)


def test_agreements_are_read_only_and_tariffs_stay(db: None) -> None:
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True)
    agreements = admin.site.get_model_admin(CustomerAgreement)
    assert not agreements.has_add_permission(request)
    assert not agreements.has_change_permission(request)
    assert not agreements.has_delete_permission(request)
    assert not admin.site.get_model_admin(Tariff).has_delete_permission(request)


def test_one_agreement_can_be_opened(root: Client) -> None:
    url = reverse("admin:tariffs_customeragreement_change", args=[agreement("1. Terms.").pk])
    assert root.get(url).status_code == HTTPStatus.OK
