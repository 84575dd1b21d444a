"""Celery wakes the sender; the rows are the truth."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from .services import send_due_notifications


@shared_task(name="customers.send_due_notifications")
def send_notifications(**_: Any) -> None:
    """Send the e-mails that are due (SR8)."""
    send_due_notifications(at=timezone.now())
