"""Bounded queries: as many for twenty rows as for one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.services import add_equipment
from registry.selectors import search_equipment


def queries(client, path):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def more_equipment(request, user, count):
    for listed in search_equipment("ABB MICRO", limit=count):
        add_equipment(request=request, equipment=listed, kind="pv", quantity=1, by=user)


def test_the_list_asks_as_much_for_twenty_as_for_one(client, maria, journey):
    client.force_login(maria)
    journey("filled")
    one = queries(client, "/applications/")
    for _ in range(19):
        journey("filled")
    assert queries(client, "/applications/") == one
    assert one <= 12


@pytest.mark.parametrize(
    ("page", "most"), [("", 24), ("check/", 24), ("equipment/", 12), ("tariff/", 24)]
)
def test_a_draft_asks_as_much_for_twenty_units_as_for_one(client, maria, journey, page, most):
    client.force_login(maria)
    request = journey("filled")
    path = f"/applications/{request.reference}/{page}"
    one = queries(client, path)
    more_equipment(request, maria, 6)
    assert queries(client, path) == one
    assert one <= most


@pytest.mark.parametrize(
    "state", ["completeness_review", "information_needed", "permission_to_operate"]
)
def test_the_status_page_has_a_bound(client, maria, journey, django_assert_max_num_queries, state):
    client.force_login(maria)
    request = journey(state)
    with django_assert_max_num_queries(20):
        client.get(f"/applications/{request.reference}/")
