"""What a customer was told."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from workflow.models import Identified


class CustomerNotification(Identified):
    """One notice to a customer: shown on their page and sent by e-mail (CIM CustomerNotification).

    Or to a user who works with the portal, about something that needs them. Written in the
    transaction of the change it tells of; a worker sends the pending ones.
    """

    class State(models.TextChoices):
        PENDING = "pending", "To be sent"
        SENT = "sent", "Sent"
        DEAD = "dead", "Could not be sent"

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, null=True, related_name="notifications"
    )
    user = models.ForeignKey(
        "customers.User", on_delete=models.CASCADE, null=True, related_name="notifications"
    )
    subject_mrid = models.UUIDField("mRID of what it is about")
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    created_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempt_count = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["pending", "sent", "dead"]), name="notification_state"
            ),
            models.CheckConstraint(
                condition=Q(customer__isnull=False) ^ Q(user__isnull=False),
                name="notification_has_one_recipient",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="notification_due"),
            models.Index(fields=["subject_mrid", "-created_at"], name="notification_subject"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def address(self) -> str:
        """Where it is sent."""
        recipient = self.customer or self.user
        return recipient.email if recipient else ""
