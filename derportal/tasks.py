"""Celery tasks of the composition root itself."""

from celery import shared_task
from celery.signals import worker_ready
from django.utils import timezone

from derportal.certificates import tell_of_certificates
from derportal.health import record_heartbeat


@shared_task(name="derportal.heartbeat")
def heartbeat(**_unknown: object) -> None:
    """Sent by beat and run by a worker, so a fresh heartbeat means that both are alive."""
    record_heartbeat()


@shared_task(name="derportal.tell_of_certificates")
def tell(**_unknown: object) -> None:
    """SR9: notices of certificates that end."""
    tell_of_certificates(at=timezone.now())


@worker_ready.connect
def note_first_heartbeat(**_unknown: object) -> None:
    """A worker that has just started is alive; do not wait for beat to find out."""
    record_heartbeat()
