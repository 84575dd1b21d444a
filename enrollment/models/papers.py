"""Uploaded papers."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from workflow.models import Identified


def paper_path(instance: "Attachment", filename: str) -> str:
    """A random name; the uploaded name is only shown."""
    return f"papers/{uuid.uuid4().hex}.{instance.extension}"


class Attachment(Identified):
    """A paper of a service request, for example the one-line diagram."""

    class Kind(models.TextChoices):
        ONE_LINE_DIAGRAM = "one_line_diagram", "One-line diagram"
        OTHER = "other", "Other"

    service_request = models.ForeignKey(
        "enrollment.ServiceRequest", on_delete=models.CASCADE, related_name="attachments"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    file = models.FileField(upload_to=paper_path)
    extension = models.CharField(max_length=4)
    original_name = models.CharField(max_length=200)
    size_bytes = models.PositiveIntegerField()
    pages = models.PositiveSmallIntegerField(default=1)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.original_name
