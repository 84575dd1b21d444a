"""Celery wakes the clocks; the rows are the truth."""

from time import monotonic
from typing import Any

from celery import shared_task
from django.utils import timezone

from .clocks import local_date
from .services import (
    catch_up_endpoints,
    check_deliveries,
    continue_resyncs,
    end_overdue_requests,
)

# A worker has other things to do between.
RESYNC_SECONDS = 20.0


@shared_task(name="enrollment.end_overdue_requests")
def end_overdue(**_: Any) -> None:
    """SR10: end requests whose applicant let the time limit pass."""
    now = timezone.now()
    end_overdue_requests(today=local_date(now), at=now)


@shared_task(name="enrollment.check_deliveries")
def check(**_: Any) -> None:
    """M1: compare what every DERMS may read with what it was told."""
    check_deliveries(at=timezone.now())


@shared_task(name="enrollment.catch_up")
def catch_up(**_: Any) -> None:
    """SR9: tell endpoints that were started of what is there; the next run goes on."""
    until = monotonic() + RESYNC_SECONDS
    catch_up_endpoints(at=timezone.now(), may_go_on=lambda: monotonic() < until)


@shared_task(name="enrollment.continue_resyncs")
def send_differences(**_: Any) -> None:
    """M1: send what comparisons found; stops after some seconds, and the next run goes on."""
    until = monotonic() + RESYNC_SECONDS
    continue_resyncs(at=timezone.now(), may_go_on=lambda: monotonic() < until)
