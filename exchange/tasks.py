"""Celery tasks. They carry no data: the rows say what is due. All are safe to run 0 to N times."""

from celery import shared_task

from . import poller
from .services.delivery import drain as drain_endpoint
from .services.delivery import ring_for_all_due
from .slots import SLOTS

# The poller begins with the worker, which imports this file.
__all__ = ["drain", "drain_all_due", "poller"]


@shared_task(name="exchange.drain", acks_late=False, ignore_result=True)
def drain(endpoint_id: int, **_unknown: object) -> None:
    """Deliver what is due to one endpoint."""
    with SLOTS:
        drain_endpoint(endpoint_id=endpoint_id)


@shared_task(name="exchange.drain_all_due", ignore_result=True)
def drain_all_due(**_unknown: object) -> None:
    """Find what no bell rang for: after a Redis flush, a killed worker, a retry that is due."""
    ring_for_all_due()
