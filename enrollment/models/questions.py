"""What staff asked the applicant to put right."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from workflow.models import Identified


class InformationRequest(Identified):
    """A deficiency notice: a list of fields, each with what is wrong."""

    service_request = models.ForeignKey(
        "enrollment.ServiceRequest", on_delete=models.CASCADE, related_name="information_requests"
    )
    asked_from = models.CharField("state it was asked from", max_length=30)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-asked_at"]

    def __str__(self) -> str:
        return f"asked at {self.asked_at:%Y-%m-%d}"


class InformationItem(models.Model):
    """One field that the applicant must mend; only these can be changed."""

    information_request = models.ForeignKey(
        InformationRequest, on_delete=models.CASCADE, related_name="items"
    )
    task = models.CharField(max_length=30)
    problem = models.CharField(max_length=500)
    is_mended = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.problem
