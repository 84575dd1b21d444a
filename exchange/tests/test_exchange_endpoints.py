"""Endpoints: what is refused, what is sealed, who is entitled."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin import site
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, transaction
from standardwebhooks import Webhook

from exchange.admin import EndpointAdmin
from exchange.models import Endpoint
from exchange.selectors import endpoints_entitled_to
from exchange.services import (
    EndpointRefused,
    SecretUnreadable,
    checked_url,
    register_endpoint,
    rotate_secret,
    set_endpoint_active,
    signing_secrets,
)

from .factories import SECRET, make_endpoint, make_third_party

pytestmark = pytest.mark.django_db


def test_registering_the_same_name_again_changes_the_one_endpoint():
    first = make_endpoint(url="http://127.0.0.1:1/a")
    again = make_endpoint(url="http://127.0.0.1:1/b", concurrency=3)
    assert again.pk == first.pk
    assert (again.url, again.concurrency) == ("http://127.0.0.1:1/b", 3)
    assert again.mrid == first.mrid
    assert signing_secrets(endpoint=again) == [SECRET]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://derms.example/", "file:///etc/passwd", "//derms.example/", "derms.example", "",
        "http://user@derms.example/", "http://user:pass@derms.example/", "http:///path", "http://:80/",
        "http://derms.example:0/", "http://derms.example:99999/", "http://good.example\\@127.0.0.1/",
        "http://derms.example/a b", "http://derms.example/\r\nHost: evil", "http://①②⑦.⓪.⓪.①/",
        "http://derms.example/#part", "http://[::1/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_a_url_that_we_would_not_call_is_refused(url):
    with pytest.raises(EndpointRefused):
        checked_url(url)


@pytest.mark.parametrize(
    "url",
    ["https://derms.example/cim", "http://127.0.0.1:8010/dso", "https://[2606:4700::1]:8443/x?y=1"],
)
def test_a_plain_http_or_https_url_is_kept_as_it_is(url):
    assert checked_url(url) == url


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_*not base64*"])
def test_a_weak_or_broken_secret_is_refused(secret):
    with pytest.raises(EndpointRefused):
        register_endpoint(name="x", kind="dso_derms", url="http://h.example/", secret=secret)


def test_a_third_party_endpoint_needs_its_owner():
    with pytest.raises(EndpointRefused):
        make_endpoint(kind="third_party_derms")
    with pytest.raises(EndpointRefused):
        make_endpoint(kind="dso_derms", owner_mrid=uuid4())
    with pytest.raises(EndpointRefused):
        make_endpoint(kind="satellite")
    assert not Endpoint.objects.exists()


def test_the_secret_is_nowhere_in_the_database_in_clear():
    endpoint = make_endpoint()
    fresh = rotate_secret(endpoint=endpoint)
    with connection.cursor() as cursor:
        cursor.execute("SELECT exchange_endpoint::text, sealed_secret FROM exchange_endpoint")
        text, sealed = cursor.fetchone()
    for secret in (SECRET, fresh):
        assert secret not in text
        assert secret.encode() not in bytes(sealed)
        assert secret.removeprefix("whsec_").encode().hex() not in text


def test_a_sealed_secret_cannot_be_moved_to_another_endpoint():
    one, other = make_endpoint("one"), make_endpoint("other")
    Endpoint.objects.filter(pk=other.pk).update(sealed_secret=one.sealed_secret)
    other.refresh_from_db()
    with pytest.raises(SecretUnreadable, match="another endpoint"):
        signing_secrets(endpoint=other)


def test_sealing_keys_can_be_changed_one_after_the_other(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.DERPORTAL_SEALING_KEYS = [old]
    endpoint = make_endpoint()
    settings.DERPORTAL_SEALING_KEYS = [new, old]
    assert signing_secrets(endpoint=endpoint) == [SECRET]
    settings.DERPORTAL_SEALING_KEYS = [new]
    with pytest.raises(SecretUnreadable, match="DERPORTAL_SEALING_KEYS"):
        signing_secrets(endpoint=endpoint)


def test_without_sealing_keys_only_the_demo_runs(settings):
    settings.DERPORTAL_SEALING_KEYS = []
    settings.DEMO = False
    with pytest.raises(ImproperlyConfigured, match="DERPORTAL_SEALING_KEYS"):
        make_endpoint()


def test_after_a_rotation_both_secrets_sign_until_the_next_one():
    endpoint = make_endpoint()
    second = rotate_secret(endpoint=endpoint)
    assert signing_secrets(endpoint=endpoint) == [second, SECRET]
    third = rotate_secret(endpoint=endpoint)
    assert signing_secrets(endpoint=endpoint) == [third, second]
    last = rotate_secret(endpoint=endpoint, keep_previous=False)
    assert signing_secrets(endpoint=endpoint) == [last]
    Webhook(last)


def test_a_dso_endpoint_is_told_of_its_feeders_and_a_third_party_of_its_own():
    feeder, other_feeder, provider = uuid4(), uuid4(), uuid4()
    whole = make_endpoint("whole territory")
    part = make_endpoint("one feeder", feeder_mrids=[feeder])
    third = make_third_party("third", provider)
    make_third_party("another third")
    stopped = make_endpoint("stopped")
    set_endpoint_active(endpoint=stopped, is_active=False)

    def entitled(feeder_mrid, provider_mrid):
        return endpoints_entitled_to(feeder_mrid=feeder_mrid, provider_mrid=provider_mrid)

    assert entitled(feeder, provider) == [whole, part, third]
    assert entitled(other_feeder, None) == [whole]
    assert entitled(None, None) == [whole]
    assert entitled(other_feeder, uuid4()) == [whole]


def test_an_edit_in_the_back_office_sets_back_neither_numbers_nor_secret(rf):
    endpoint = make_endpoint()
    stale = Endpoint.objects.get(pk=endpoint.pk)
    Endpoint.objects.filter(pk=endpoint.pk).update(next_sequence=7)
    fresh_secret = rotate_secret(endpoint=endpoint, keep_previous=False)
    stale.name = "Renamed"
    form = SimpleNamespace(changed_data=["name"])
    EndpointAdmin(Endpoint, site).save_model(rf.post("/"), stale, form, change=True)
    kept = Endpoint.objects.get(pk=endpoint.pk)
    assert (kept.name, kept.next_sequence) == ("Renamed", 7)
    assert signing_secrets(endpoint=kept) == [fresh_secret]


def test_the_database_refuses_a_third_party_without_owner():
    endpoint = make_endpoint()
    with pytest.raises(IntegrityError), transaction.atomic():
        Endpoint.objects.filter(pk=endpoint.pk).update(kind="third_party_derms")


def test_the_admin_shows_the_settings_read_only_and_no_secret(admin_client):
    endpoint = make_endpoint()
    Endpoint.objects.filter(pk=endpoint.pk).update(namespace_year=2016)
    address = f"/admin/exchange/endpoint/{endpoint.pk}/change/"
    page = admin_client.get(address, follow=True).content.decode()
    assert "2016" in page
    assert 'name="namespace_year"' not in page
    assert SECRET not in page
    assert "sealed" not in page.lower()
    admin_client.post(address, {"name": "Renamed", "namespace_year": "2030"})
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.namespace_year) == ("Renamed", 2016)
