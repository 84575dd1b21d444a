"""The append-only record of state changes, and what every object with a history shares."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models


class Identified(models.Model):
    """An object with a CIM master resource identifier (mRID)."""

    mrid = models.UUIDField("mRID", default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class StateChange(models.Model):
    """One move of one state machine: who, when, from where to where, and why.

    A trigger refuses UPDATE, DELETE and TRUNCATE, so the record cannot be rewritten.
    """

    subject_type = models.CharField(max_length=100)
    subject_mrid = models.UUIDField("subject mRID")
    transition = models.CharField(max_length=100)
    source = models.CharField(max_length=50)
    target = models.CharField(max_length=50)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["at", "id"]
        indexes: ClassVar = [models.Index(fields=["subject_mrid", "id"])]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.transition}: {self.source} -> {self.target}"
