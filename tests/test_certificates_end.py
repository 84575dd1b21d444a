"""SR9: people are told before a certificate ends, once at each step, and when it has ended."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from customers.models import CustomerNotification
from customers.selectors import Provider, User
from customers.services import machine_user, send_due_notifications
from derportal.certificates import tell_of_certificates
from exchange.models import Endpoint
from exchange.services import (
    accept_from,
    certificates_of,
    pin_server_certificate,
    use_client_certificate,
)
from exchange.tests.factories import make_endpoint, make_third_party
from exchange.tests.identities import NOW, made

pytestmark = pytest.mark.django_db
BECAUSE: dict[str, Any] = {"by": None, "at": NOW, "reason": "Agreed with them."}


def pinned(endpoint: Endpoint, *, days: int) -> Endpoint:
    pem = made("GridPool", days=days).certificate
    accept_from(endpoint=endpoint, ways=["mutual_tls"], certificate=pem, **BECAUSE)
    return endpoint


@pytest.fixture
def pool(gridpool: Provider, tara: User, olivia: User, ada: User, erik: User) -> Endpoint:
    """A third party's endpoint whose pinned client certificate ends in 40 days."""
    machine_user(mrid=gridpool.mrid, name="GridPool DERMS", provider=gridpool)
    return pinned(make_third_party("GridPool DERMS", owner=gridpool.mrid), days=40)


def told(days: int) -> list[str]:
    """Run the nightly job so many days before the end, twice; the subjects of what is new."""
    before = set(CustomerNotification.objects.values_list("pk", flat=True))
    at = NOW + timedelta(days=40 - days, hours=1)
    for _ in range(2):
        tell_of_certificates(at=at)
    fresh = CustomerNotification.objects.exclude(pk__in=before)
    return sorted({each.subject for each in fresh})


def test_once_at_each_step_and_at_the_end(pool: Endpoint) -> None:
    words = "GridPool DERMS: a certificate"
    expected = {
        31: [], 30: [f"{words} ends within 30 days"], 29: [], 15: [],
        14: [f"{words} ends within 14 days"], 13: [], 7: [f"{words} ends within 7 days"],
        2: [], 1: [f"{words} ends within a day"], 0: [f"{words} has ended"], -1: [], -30: [],
    }  # fmt: skip
    assert {days: told(days) for days in expected} == expected
    assert CustomerNotification.objects.count() == 5 * 3


def test_the_owners_people_and_operations_get_the_mail(
    pool: Endpoint, mailoutbox: list[Any], tara: User, olivia: User, ada: User
) -> None:
    told(30)
    at = NOW + timedelta(days=30)
    assert send_due_notifications(at=at) == 3
    assert {mail.to[0] for mail in mailoutbox} == {tara.email, olivia.email, ada.email}
    [certificate] = certificates_of(pool)
    for body in (mailoutbox[0].body, mailoutbox[0].alternatives[0][0]):
        assert "CN=GridPool" in body
        assert certificate.fingerprint in body
        assert f"/messages/endpoints/{pool.mrid}/settings/" in body


def test_after_a_pause_only_the_step_that_fits_now(pool: Endpoint) -> None:
    assert told(5) == ["GridPool DERMS: a certificate ends within 7 days"]
    assert told(4) == []


def test_a_new_certificate_is_told_of_afresh(pool: Endpoint) -> None:
    assert len(told(14)) == 1
    pinned(pool, days=39)
    assert told(14) == ["GridPool DERMS: a certificate ends within 14 days"]
    pinned(pool, days=400)
    assert told(0) == []


def test_every_use_counts_and_the_utilitys_own_are_for_the_utility(
    pool: Endpoint, tara: User
) -> None:
    endpoint, client = make_endpoint("Utility DERMS"), made("derportal", days=10)
    use_client_certificate(
        endpoint=endpoint, certificate=client.certificate, key=client.key, **BECAUSE
    )
    server = made("127.0.0.1", days=12).certificate
    pin_server_certificate(endpoint=endpoint, certificate=server, **BECAUSE)
    pinned(endpoint, days=13)
    tell_of_certificates(at=NOW)
    about = CustomerNotification.objects.filter(subject_mrid=endpoint.mrid)
    assert about.filter(user=tara).count() == 0
    texts = "".join(about.values_list("text", flat=True))
    for use in ("our client certificate", "pinned server", "client certificate of the sender"):
        assert use in texts


@pytest.mark.locking
@pytest.mark.django_db(transaction=True)
def test_jobs_at_the_same_time_tell_once(pool: Endpoint) -> None:
    def job(_: int) -> int:
        try:
            return tell_of_certificates(at=NOW + timedelta(days=30))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        assert sum(workers.map(job, range(4))) == 1
    assert CustomerNotification.objects.count() == 3
