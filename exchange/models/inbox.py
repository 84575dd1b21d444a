"""The inbox: what endpoints sent us, once each, with the answer they got."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from .endpoints import Endpoint


class InboundMessage(models.Model):
    """One message of one endpoint, written in the transaction of its effect.

    The endpoint and the MessageID are unique, so a message that comes again, even at the same
    moment, has one effect; ``reply`` is the answer, byte for byte. A rejected message was never
    admitted and does not use up its MessageID: it could not be read, carried the MessageID of
    another message, or was not for us.
    """

    class State(models.TextChoices):
        APPLIED = "applied", "Applied"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "May be tried again"
        REJECTED = "rejected", "Rejected"

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="inbox")
    message_id = models.CharField("MessageID", max_length=100, blank=True)
    correlation_id = models.CharField("CorrelationID", max_length=100, blank=True)
    verb = models.CharField(max_length=20, blank=True)
    noun = models.CharField(max_length=60, blank=True)
    object_mrid = models.CharField("object mRID", max_length=100, blank=True)
    object_version = models.PositiveBigIntegerField(null=True)
    replay_nonce = models.CharField(max_length=100, blank=True)
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()
    duplicate_count = models.PositiveIntegerField(default=0)
    attempt_count = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices)
    result = models.CharField(max_length=10)
    error_code = models.CharField(max_length=20, blank=True)
    error = models.TextField(blank=True)
    reply = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "message_id"],
                condition=~Q(state="rejected"),
                name="inbound_message_id",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["applied", "refused", "failed", "rejected"]),
                name="inbound_state",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "object_mrid", "-object_version"],
                condition=Q(state="applied", object_version__isnull=False),
                name="inbound_version",
            ),
            models.Index(
                fields=["endpoint", "replay_nonce"],
                condition=~Q(replay_nonce="") & ~Q(state="rejected"),
                name="inbound_nonce",
            ),
            models.Index(fields=["object_mrid", "-id"], name="inbound_object"),
            models.Index(fields=["endpoint", "state", "-id"], name="inbound_log"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.noun} {self.message_id} from {self.endpoint_id}"
