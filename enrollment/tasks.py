"""Celery wakes the clocks; the rows are the truth."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from .clocks import local_date
from .services import check_deliveries, end_overdue_requests


@shared_task(name="enrollment.end_overdue_requests")
def end_overdue(**_: Any) -> None:
    """SR10: end requests whose applicant let the time limit pass."""
    now = timezone.now()
    end_overdue_requests(today=local_date(now), at=now)


@shared_task(name="enrollment.check_deliveries")
def check(**_: Any) -> None:
    """M1: compare what every DERMS may read with what it was told."""
    check_deliveries(at=timezone.now())
