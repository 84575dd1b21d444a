"""SR8: a notice that cannot be sent now stops no other, is not lost, and leaks no address."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.mail import EmailMultiAlternatives

from customers.models import CustomerNotification
from customers.selectors import User
from customers.services import notify_customer, send_due_notifications
from tests.people import EARLIER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_data")]


@pytest.fixture
def two_notices(maria: User) -> None:
    """Two notices that are due."""
    for subject in ("The first", "The second"):
        notify_customer(
            customer=maria.customer,
            subject_mrid=uuid4(),
            kind="submit",
            subject=subject,
            text="Text",
            html="<p>Text</p>",
            at=EARLIER,
        )


@pytest.mark.usefixtures("two_notices")
def test_one_that_cannot_be_sent_stops_no_other(
    mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = EmailMultiAlternatives.send

    def send(mail: EmailMultiAlternatives) -> int:
        if mail.subject == "The first":
            raise ValueError("maria@customer.example is no address")
        return real(mail)

    monkeypatch.setattr(EmailMultiAlternatives, "send", send)
    assert send_due_notifications(at=EARLIER) == 1
    assert [mail.subject for mail in mailoutbox] == ["The second"]
    assert "ValueError" in caplog.text
    assert "maria@" not in caplog.text


@pytest.mark.usefixtures("two_notices")
def test_an_outage_of_two_days_loses_nothing(
    mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(mail: EmailMultiAlternatives) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as outage:
        outage.setattr(EmailMultiAlternatives, "send", refuse)
        for minutes in range(0, 48 * 60, 10):
            send_due_notifications(at=EARLIER + timedelta(minutes=minutes))
    assert send_due_notifications(at=EARLIER + timedelta(hours=50)) == len(mailoutbox) == 2
    assert not CustomerNotification.objects.exclude(state="sent").exists()
