"""Test messages: whether an endpoint answers as it should, before it is started and after."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from .endpoints import Endpoint


class EndpointCheck(models.Model):
    """One test message that a person sent to an endpoint, and what came back.

    ``route`` is what it was sent with (address, format, authentication): a check counts only for
    the settings that it tried. It has no sequence and is no part of the outbox.
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="checks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    route = models.CharField(max_length=64)
    body = models.BinaryField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    is_passed = models.BooleanField(default=False)
    http_status = models.PositiveSmallIntegerField(null=True)
    reply_result = models.CharField(max_length=10, blank=True)
    error = models.TextField(blank=True)
    response = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["endpoint", "-id"], name="check_latest")]

    def __str__(self) -> str:
        return f"check of {self.endpoint_id} at {self.started_at}"
