"""M1: who hears by e-mail that an endpoint was not told of everything, and in which words."""

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from customers.selectors import notifications_about, people_to_alarm
from customers.services import notify_user
from exchange.selectors import Reconciliation, difference_counts

from .clocks import local_date

KIND = "deliveries_differ"


def notify_of_differences(found: Reconciliation, *, at: datetime) -> None:
    """Once a day for as long as they stay; checking again on the same day tells nobody twice."""
    earlier = notifications_about(found.endpoint.mrid).filter(kind=KIND).first()
    if earlier is not None and local_date(earlier.created_at) >= local_date(at):
        return
    path = reverse("endpoint-comparison", args=[found.endpoint.mrid, found.pk])
    context = {
        "endpoint": found.endpoint,
        "counts": difference_counts(found),
        "url": f"{settings.BASE_URL}{path}",
        "utility": settings.UTILITY_NAME,
    }
    text = render_to_string("enrollment/email/differences.txt", context)
    html = render_to_string("enrollment/email/differences.html", context)
    for user in people_to_alarm(found.endpoint.owner_mrid):
        notify_user(
            user=user,
            subject_mrid=found.endpoint.mrid,
            kind=KIND,
            subject=f"{found.endpoint} was not told of everything",
            text=text,
            html=html,
            at=at,
        )
