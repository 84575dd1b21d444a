"""Everybody's menu leads to pages that they may open."""

import re

import pytest
from django.test import Client

from customers.selectors import User

pytestmark = pytest.mark.django_db
PEOPLE = ("maria", "ivan", "susan", "erik", "olivia", "frank", "tara", "ada")


@pytest.mark.parametrize("person", PEOPLE)
def test_each_entry_opens(request: pytest.FixtureRequest, client: Client, person: str) -> None:
    client.force_login(request.getfixturevalue(person))
    page = client.get("/", follow=True)
    menu = [item["url"] for item in page.context["portal"]["nav_items"]]
    assert menu
    assert {url: client.get(url).status_code for url in menu} == dict.fromkeys(menu, 200)


def test_a_third_party_has_its_messages_in_the_menu(client: Client, tara: User) -> None:
    client.force_login(tara)
    page = client.get("/messages/").content.decode()
    assert re.search(r'href="/messages/"[^>]*>\s*Messages', page)
    assert "Who may act for me" not in page
