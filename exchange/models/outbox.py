"""The outbox: messages, attempts to deliver them, and who asked for another one."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from .endpoints import Endpoint


class OutboundMessage(models.Model):
    """One message to one endpoint, frozen when the change was committed.

    ``sequence`` is gapless per endpoint; ``ordering_key`` is the object's mRID: messages of one
    object arrive in sequence. The bytes never change, so a retry is the same message.
    ``unanswered_count`` counts the latest attempts whose end nobody recorded (a worker died),
    ``forgiven_count`` the attempts before the last resend. A repeat was delivered before: it
    holds up nothing, and when it fails it is still delivered. The remainder of a message that was
    done in part goes before everything else of its object, like the message itself did.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        DELIVERED = "delivered", "Delivered"
        DEAD = "dead", "Failed"
        SKIPPED = "skipped", "Skipped"

    # What asks for something; every other verb tells that it happened.
    REQUESTS = ("create", "change", "cancel", "close")

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="messages")
    sequence = models.BigIntegerField()
    ordering_key = models.UUIDField()
    message_id = models.UUIDField("MessageID", unique=True)
    correlation_id = models.UUIDField("CorrelationID")
    verb = models.CharField(max_length=20)
    noun = models.CharField(max_length=60)
    object_mrid = models.UUIDField("object mRID")
    object_version = models.PositiveBigIntegerField()
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempt_count = models.PositiveIntegerField(default=0)
    unanswered_count = models.PositiveIntegerField(default=0, editable=False)
    forgiven_count = models.PositiveIntegerField(default=0, editable=False)
    is_repeat = models.BooleanField(default=False, editable=False)
    remainder_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="remainder"
    )
    retrying_since = models.DateTimeField()
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        permissions: ClassVar = [
            ("resend_message", "Can send a failed message again"),
            ("manage_delivery", "Can suspend and resume endpoints, skip and recover messages"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "sequence"], name="outbound_sequence"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "delivered", "dead", "skipped"]),
                name="outbound_state",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "ordering_key", "sequence"],
                condition=Q(state__in=["pending", "dead"]),
                name="outbound_unfinished",
            ),
            models.Index(
                fields=["endpoint", "ordering_key"],
                condition=Q(state__in=["pending", "dead"], remainder_of__isnull=False),
                name="outbound_remainders",
            ),
            models.Index(
                fields=["endpoint", "sequence"], condition=Q(state="pending"), name="outbound_due"
            ),
            models.Index(
                fields=["endpoint", "finished_at"],
                condition=Q(state="delivered"),
                name="outbound_delivered",
            ),
            models.Index(fields=["object_mrid", "-id"], name="outbound_object"),
            models.Index(fields=["endpoint", "state", "-id"], name="outbound_log"),
            models.Index(fields=["endpoint", "-id"], name="outbound_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.noun} #{self.sequence} to {self.endpoint_id}"


class DeliveryAttempt(models.Model):
    """One try to deliver one message, and what the endpoint answered."""

    message = models.ForeignKey(OutboundMessage, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    reply_result = models.CharField(max_length=10, blank=True)
    error = models.TextField(blank=True)
    response = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "number"], name="attempt_number")
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.message_id}"


class ResendRequest(models.Model):
    """A person asked for one message to be sent again."""

    message = models.ForeignKey(
        OutboundMessage, on_delete=models.PROTECT, related_name="resend_requests"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    previous_state = models.CharField(max_length=10)
    previous_attempt_count = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"resend of {self.message_id}"


class DeliveryDecision(models.Model):
    """What was decided about the deliveries to one endpoint: who, when and why. Only added to.

    ``by`` is None when the endpoint's own answers decided (410, or 401 again and again).
    """

    class Action(models.TextChoices):
        SUSPENDED = "suspended", "Suspended"
        RESUMED = "resumed", "Resumed"
        STOPPED = "stopped", "Stopped"
        STARTED = "started", "Started"
        SKIPPED = "skipped", "Message skipped"
        RECOVERED = "recovered", "Messages sent again"
        SETTINGS = "settings", "Settings changed"
        CREDENTIALS = "credentials", "Credentials changed"
        EPOCH = "epoch", "New epoch after a restore"

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="decisions")
    message = models.ForeignKey(
        OutboundMessage, on_delete=models.PROTECT, null=True, related_name="decisions"
    )
    action = models.CharField(max_length=20, choices=Action.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="decision_has_reason")
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.action}"
