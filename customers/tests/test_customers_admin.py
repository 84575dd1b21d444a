"""The back office for accounts and second factors."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from customers.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client: Client) -> User:
    root: User = User.objects.create_superuser("root@utility.example", "x")
    client.force_login(root)
    return root


def test_a_lost_second_factor_is_taken_away_and_its_secret_is_never_shown(
    client: Client, root: User, maria: User
) -> None:
    lost = Authenticator.objects.create(user=maria, type="totp", data={"secret": "JBSWY3DPEHPK"})

    page = client.get(reverse("admin:mfa_authenticator_change", args=[lost.pk]))
    assert str(maria) in page.content.decode()
    assert "JBSWY3DPEHPK" not in page.content.decode()
    assert client.get(reverse("admin:mfa_authenticator_add")).status_code == 403

    client.post(reverse("admin:mfa_authenticator_delete", args=[lost.pk]), {"post": "yes"})
    assert not Authenticator.objects.exists()
