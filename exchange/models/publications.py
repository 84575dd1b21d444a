"""The documents that endpoints may read."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from .endpoints import Endpoint


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
