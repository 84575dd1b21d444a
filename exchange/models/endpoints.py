"""Endpoints, and who delivers to them now."""

from typing import ClassVar

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
    source = models.CharField("Header/Source of its messages", max_length=120, blank=True)
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
