"""Who is told, by e-mail, that a certificate of an endpoint ends, and in which words.

It stands on this floor because the exchange does not know people.
"""

from datetime import datetime
from functools import partial

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from customers.selectors import people_to_alarm
from customers.services import notify_user
from exchange.selectors import Endpoint
from exchange.services import Certificate, warn_of_certificates

KIND = "certificate_ends"


def tell_of_certificates(*, at: datetime) -> int:
    """Write today's notices; how many certificates they are about. Safe to run 0 to N times."""
    return warn_of_certificates(at=at, tell=partial(_tell, at=at))


def _tell(endpoint: Endpoint, certificate: Certificate, days: int, *, at: datetime) -> None:
    path = reverse("messages:endpoint-settings", args=[endpoint.mrid])
    context = {
        "endpoint": endpoint,
        "certificate": certificate,
        "when": _when(days),
        "is_over": days == 0,
        "url": f"{settings.BASE_URL}{path}",
        "utility": settings.UTILITY_NAME,
    }
    for user in people_to_alarm(endpoint.owner_mrid):
        notify_user(
            user=user,
            subject_mrid=endpoint.mrid,
            kind=KIND,
            subject=f"{endpoint.name}: a certificate {_when(days)}",
            text=render_to_string("exchange/email/certificate.txt", context),
            html=render_to_string("exchange/email/certificate.html", context),
            at=at,
        )


def _when(days: int) -> str:
    if days == 0:
        return "has ended"
    return "ends within a day" if days == 1 else f"ends within {days} days"
