"""What other systems call our objects."""

from typing import ClassVar

from django.db import models

from .endpoints import Endpoint
from .outbox import OutboundMessage


class ObjectName(models.Model):
    """What an endpoint calls one of our objects: the Reply/ID to a request (CIM Name).

    The endpoint is the authority of the name (CIM NameTypeAuthority).
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="object_names")
    object_mrid = models.UUIDField("object mRID")
    name = models.CharField(max_length=200)
    message = models.ForeignKey(
        OutboundMessage, on_delete=models.PROTECT, related_name="object_names"
    )
    told_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "object_mrid", "name"], name="object_name_once"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["endpoint", "name"], name="object_name_lookup")]

    def __str__(self) -> str:
        return self.name
