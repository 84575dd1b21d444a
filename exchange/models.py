"""Endpoints, the outbox with its attempts, and the published documents."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from workflow.models import Identified


class Endpoint(Identified):
    """A DERMS (or another system) that we send messages to and that may read our API.

    Which endpoints exist and what territory they hold is data: one row with the whole
    territory is the centralized deployment, several with feeders the distributed one, one with
    an owner a third party's (seed section 2).
    """

    class Kind(models.TextChoices):
        DSO_DERMS = "dso_derms", "DSO DERMS"
        THIRD_PARTY_DERMS = "third_party_derms", "Third-party DERMS"

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    url = models.URLField("URL", max_length=500)
    sealed_secret = models.BinaryField(editable=False)
    owner_mrid = models.UUIDField("third party's mRID", null=True, blank=True)
    feeder_mrids = ArrayField(models.UUIDField(), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    context = models.CharField(max_length=30, default="PRODUCTION")
    concurrency = models.PositiveSmallIntegerField(default=8)
    next_sequence = models.BigIntegerField(default=1, editable=False)
    oauth_application_id = models.BigIntegerField(null=True, unique=True, editable=False)

    class Meta:
        ordering: ClassVar = ["name"]
        permissions: ClassVar = [("manage_endpoint", "Can create endpoints and change secrets")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="dso_derms", owner_mrid__isnull=True)
                | Q(kind="third_party_derms", owner_mrid__isnull=False),
                name="endpoint_third_party_has_owner",
            ),
            models.CheckConstraint(
                condition=Q(concurrency__range=(1, 64)), name="endpoint_concurrency_bounds"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DeliveryLease(models.Model):
    """Who delivers to one endpoint now, and when the endpoint may be tried again.

    A row of its own, so that renewing the lease never waits for a transaction that enqueues.
    All times are the database's.
    """

    endpoint = models.OneToOneField(
        Endpoint, on_delete=models.CASCADE, primary_key=True, related_name="lease"
    )
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    failure_streak = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    poked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"lease of {self.endpoint_id}"


class OutboundMessage(models.Model):
    """One message to one endpoint, frozen when the change was committed.

    ``sequence`` is gapless per endpoint; ``ordering_key`` is the object's mRID: messages of one
    object arrive in sequence. The bytes never change, so a retry is the same message.
    ``unanswered_count`` counts the latest attempts whose end nobody recorded (a worker died),
    ``forgiven_count`` the attempts before the last resend. A repeat was delivered before: it
    holds up nothing, and when it fails it is still delivered.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        DELIVERED = "delivered", "Delivered"
        DEAD = "dead", "Failed"

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
    retrying_since = models.DateTimeField()
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        permissions: ClassVar = [("resend_message", "Can send a failed message again")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "sequence"], name="outbound_sequence"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "delivered", "dead"]), name="outbound_state"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "ordering_key", "sequence"],
                condition=Q(state__in=["pending", "dead"]),
                name="outbound_unfinished",
            ),
            models.Index(
                fields=["endpoint", "sequence"], condition=Q(state="pending"), name="outbound_due"
            ),
            models.Index(fields=["object_mrid", "-id"], name="outbound_object"),
            models.Index(fields=["endpoint", "state", "-id"], name="outbound_log"),
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


class Publication(models.Model):
    """The document of one object that one endpoint may read.

    Access is the row: an endpoint reads its own publications and nothing else. A trigger stamps
    ``change_xid`` and ``change_number`` on every write, so that the change feed cannot miss one,
    and ``listing_number`` once. Lists are paged by that number and not by ``id``: it has no index
    without the endpoint before it, so no plan can walk through other endpoints' rows.
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="publications")
    object_mrid = models.UUIDField("object mRID")
    object_version = models.PositiveBigIntegerField()
    document = models.TextField()
    etag = models.CharField(max_length=64)
    is_withdrawn = models.BooleanField(default=False)
    state = models.CharField(max_length=30)
    feeder_mrid = models.UUIDField(null=True)
    tariff_code = models.CharField(max_length=60, blank=True)
    change_xid = models.BigIntegerField(default=0, editable=False)
    change_number = models.BigIntegerField(default=0, editable=False)
    listing_number = models.BigIntegerField(default=0, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "object_mrid"], name="publication_object")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "change_xid", "change_number"], name="publication_feed"
            ),
            *(
                models.Index(
                    fields=["endpoint", *fields, "listing_number"],
                    condition=Q(is_withdrawn=False),
                    name=name,
                )
                for name, fields in (
                    ("publication_page", []),
                    ("publication_feeder", ["feeder_mrid"]),
                    ("publication_tariff", ["tariff_code"]),
                    ("publication_state", ["state"]),
                )
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object_mrid} for {self.endpoint_id}"
