"""The alarm before a certificate ends: each is told of once at each step (SR9)."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from exchange.models import CertificateWarning, Endpoint

from .certificates import Certificate, certificates_of

WARNING_DAYS = (30, 14, 7, 1, 0)
log = logging.getLogger(__name__)
Tell = Callable[[Endpoint, Certificate, int], None]


def warn_of_certificates(*, at: datetime, tell: Tell) -> int:
    """SR9: tell of each certificate that ends, once at each of WARNING_DAYS before; how many.

    ``tell`` gets the endpoint, the certificate and the days, in the transaction that notes it.
    After a pause only the step that fits now is told of.
    """
    latest = at + timedelta(days=max(WARNING_DAYS))
    ending = Endpoint.objects.filter(certificate_expires_at__lte=latest).order_by("pk")
    return sum(_warned(endpoint, at, tell) for endpoint in ending)


def days_before(certificate: Certificate, at: datetime) -> int | None:
    """Which of WARNING_DAYS has begun; None if none has."""
    left = certificate.ends_at - at
    return min((days for days in WARNING_DAYS if left <= timedelta(days=days)), default=None)


def _warned(endpoint: Endpoint, at: datetime, tell: Tell) -> int:
    count = 0
    for certificate in certificates_of(endpoint):
        days = days_before(certificate, at)
        with transaction.atomic():
            if days is not None and _is_first(endpoint, certificate, days, at):
                tell(endpoint, certificate, days)
                count += 1
                log.warning(
                    "a certificate of endpoint %s ends at %s", endpoint.name, certificate.ends_at
                )
    return count


def _is_first(endpoint: Endpoint, certificate: Certificate, days: int, at: datetime) -> bool:
    """Note it. Of jobs at the same time the first does; the others wait for it and find it."""
    _, is_new = CertificateWarning.objects.get_or_create(
        endpoint=endpoint,
        use=certificate.use,
        sha256=certificate.sha256,
        days=days,
        defaults={"at": at},
    )
    return is_new
