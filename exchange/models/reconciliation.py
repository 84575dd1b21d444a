"""Reconciliation: whether an endpoint knows what it may read, and what is different."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from .endpoints import Endpoint


class Reconciliation(models.Model):
    """One comparison of what an endpoint may read with what it knows.

    It is the endpoint's own list, or what our deliveries say that it was told. A resync is asked
    for once; whoever wants another compares again. A worker then writes the messages, some at a
    time (Difference.sent_at), and notes when all are written (``resync_ended_at``).
    """

    class Source(models.TextChoices):
        ENDPOINT = "endpoint", "List sent by the DERMS"
        DELIVERIES = "deliveries", "Our record of deliveries"

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="reconciliations")
    source = models.CharField(max_length=12, choices=Source.choices)
    compared_at = models.DateTimeField()
    matching_count = models.PositiveIntegerField(default=0)
    difference_count = models.PositiveIntegerField(default=0)
    resynced_at = models.DateTimeField(null=True)
    resync_ended_at = models.DateTimeField(null=True)
    resynced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(source__in=["endpoint", "deliveries"]), name="reconciliation_source"
            ),
            models.UniqueConstraint(
                fields=["endpoint"],
                condition=Q(resynced_at__isnull=False, resync_ended_at__isnull=True),
                name="reconciliation_one_resync",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["endpoint", "-id"], name="reconciliation_list")]

    def __str__(self) -> str:
        return f"reconciliation of {self.endpoint_id} at {self.compared_at}"


class Difference(models.Model):
    """One object that the endpoint knows otherwise. Versions are None where it is not known.

    ``sent_at``: a resync has dealt with it. ``failure`` says why it could not be told.
    """

    class Kind(models.TextChoices):
        MISSING = "missing", "The DERMS does not know it"
        OUTDATED = "outdated", "The DERMS knows an older version"
        AHEAD = "ahead", "The DERMS knows a newer version"
        UNEXPECTED = "unexpected", "The DERMS should not know it"

    # What a resync sends; at the others people must look.
    SENT_KINDS = (Kind.MISSING.value, Kind.OUTDATED.value)

    reconciliation = models.ForeignKey(
        Reconciliation, on_delete=models.CASCADE, related_name="differences"
    )
    object_mrid = models.UUIDField("object mRID")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    our_version = models.PositiveBigIntegerField(null=True)
    their_version = models.PositiveBigIntegerField(null=True)
    sent_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        ordering: ClassVar = ["object_mrid"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reconciliation", "object_mrid"], name="difference_object"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["missing", "outdated", "ahead", "unexpected"]),
                name="difference_kind",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["reconciliation", "object_mrid"],
                condition=Q(sent_at__isnull=True, kind__in=["missing", "outdated"]),
                name="difference_to_send",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_mrid}"
