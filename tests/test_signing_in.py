"""Signing in: staff need a second factor, the demo's logins exist in the demo only."""

import re
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse
from django.utils import translation
from lxml import html

from customers.selectors import User
from derportal.templatetags.portal import sentence_case

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_staff_without_a_second_factor_are_sent_to_set_it_up(settings: Any, erik: User) -> None:
    settings.STAFF_SECOND_FACTOR = True
    response = signed_in(erik).get(reverse("enrollment:queue"))
    assert response.status_code == 302
    assert response["Location"] == reverse("mfa_activate_totp")


def test_staff_with_a_second_factor_work(settings: Any, erik: User) -> None:
    settings.STAFF_SECOND_FACTOR = True
    TOTP.activate(erik, generate_totp_secret())
    assert signed_in(erik).get(reverse("enrollment:queue")).status_code == 200


def test_the_admin_asks_for_the_second_factor_too(settings: Any, ada: User) -> None:
    settings.STAFF_SECOND_FACTOR = True
    ada.is_staff = True
    ada.save()
    response = signed_in(ada).get("/admin/")
    assert response["Location"] == reverse("mfa_activate_totp")


def test_customers_need_none(settings: Any, maria: User) -> None:
    settings.STAFF_SECOND_FACTOR = True
    assert signed_in(maria).get(reverse("enrollment:applications")).status_code == 200


def test_the_admin_sign_in_is_the_portals_own(client: Client) -> None:
    response = client.get("/admin/login/?next=/admin/")
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("email", ["erik@alder-valley.example", "nobody@example.org", ""])
def test_demo_logins_do_not_exist_outside_the_demo(settings: Any, email: str) -> None:
    settings.DEMO = False
    assert Client().post(reverse("demo-login"), {"email": email}).status_code == 404


def test_only_the_demos_people_have_a_one_click_login(settings: Any, maria: User) -> None:
    settings.DEMO = True
    outsider = User.objects.create_user("boss@utility.example", "x" * 20, is_superuser=True)
    assert Client().post(reverse("demo-login"), {"email": outsider.email}).status_code == 404


def test_an_unknown_and_a_known_address_get_the_same_answer(client: Client, maria: User) -> None:
    answers = [
        client.post(reverse("account_login"), {"login": email, "password": "wrong"})
        for email in (maria.email, "nobody@example.org")
    ]
    errors = [answer.context["form"].errors.as_text() for answer in answers]
    assert errors[0] == errors[1]


PAGES = (
    *("account_login", "account_signup", "account_logout", "account_reset_password"),
    *("account_reset_password_done", "account_inactive", "account_email_verification_sent"),
    *("account_change_password", "account_email", "account_reauthenticate"),
    *("mfa_index", "mfa_activate_totp", "mfa_generate_recovery_codes", "mfa_reauthenticate"),
)
WORDS = "//main//h1 | //main//h2 | //main//*[contains(@class, 'btn')] | //title"


def test_headings_and_buttons_of_the_accounts_are_in_sentence_case(
    settings: Any, maria: User
) -> None:
    settings.DEMO = False
    seen: list[str] = []
    for name in PAGES:
        for client in (Client(), signed_in(maria)):
            response = client.get(reverse(name))
            if response.status_code == 200:
                seen += [
                    each.text_content() for each in html.fromstring(response.content).xpath(WORDS)
                ]
    words = {" ".join(each.replace(settings.UTILITY_NAME, "").split()) for each in seen}
    assert {"Sign in", "Change password", "Email addresses"} <= words
    assert [each for each in sorted(words) if re.search(r"\w\S*\s.*\b[A-Z][a-z]", each)] == []


def test_capitals_that_are_no_title_case_stay() -> None:
    assert sentence_case("Sign-In by <a title='My Home'>TOTP Code</a>") == (
        "Sign-in by <a title='My Home'>TOTP code</a>"
    )
    assert sentence_case("<b>") == "<b>"
    with translation.override("de"):
        assert sentence_case("Das Passwort") == "Das Passwort"
