"""Every list and form of the back office at both widths, by the same rules as our own pages.

Its rows are in test_admin_rows.py, so that two processes can share the work.
"""

import pytest
from django.apps import apps
from django.urls import reverse

from customers.selectors import User

from .back_office import demo_with_root, lists_for, lists_of, named, row_of
from .conftest import OpenPage, sweep, visits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
def root(transactional_db: None) -> User:
    """Who may open everything that anybody may, in the demo's world."""
    return demo_with_root()


def test_every_list_and_form_is_accessible_and_fits(root: User, open_page: OpenPage) -> None:
    assert sweep(open_page(user=root), named(lists_for(root))) == []
    ada = User.objects.get(groups__name="administrator")
    models = map(apps.get_model, ("customers.User", "enrollment.Procedure", "tariffs.Tariff"))
    paths = [path for model in models for of in (lists_of, row_of) for path in of(model, ada)]
    assert sweep(open_page(user=ada), named(iter(paths))) == [], "of whoever only reads"


def test_signing_in_to_the_admin_is_the_common_sign_in(
    transactional_db: None, open_page: OpenPage
) -> None:
    page = open_page(reverse("admin:login"))
    assert page.url.startswith(f"{visits[page].home}/accounts/login/")
    assert sweep(page, {"admin-login": page.url}) == []
