"""From the public start page to the first question."""

from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from customers.selectors import User


def test_the_start_page_leads_to_signing_up_and_in(client, db):
    page = client.get("/").content.decode()
    assert 'href="/accounts/signup/"' in page
    assert 'href="/accounts/login/"' in page


def test_whoever_signs_up_is_asked_who_they_are(client, db, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    password = "a long password of Nina"
    data = {"email": "nina@customer.example", "password1": password, "password2": password}
    response = client.post("/accounts/signup/", data, follow=True)
    assert response.request["PATH_INFO"] == "/your-details/"
    assert User.objects.get(email="nina@customer.example").provider is None


def test_demo_people_are_offered_in_the_demo_only(client, db, settings):
    settings.DEMO = False
    assert "Look around as" not in client.get("/").content.decode()
    settings.DEMO = True
    assert "Look around as" in client.get("/").content.decode()


def test_account_numbers_cannot_be_found_by_trying(stranger: User) -> None:
    cache.clear()
    client = Client()
    client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("enrollment:link-account")
    tries = [
        client.post(url, {"account_number": f"AC-9{n:04d}", "usage_point_name": "SP-00300"})
        for n in range(11)
    ]
    assert "Too many tries" not in tries[9].content.decode()
    assert "Too many tries" in tries[10].content.decode()
