"""What was told about certificates that end."""

from typing import ClassVar

from django.db import models

from .endpoints import Endpoint


class CertificateWarning(models.Model):
    """That people were told, so many days before the end of a certificate. Once each.

    ``days`` 0 is the end itself. A certificate that takes its place has another SHA-256.
    """

    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="certificate_warnings"
    )
    use = models.CharField(max_length=30)
    sha256 = models.CharField(max_length=64)
    days = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "use", "sha256", "days"], name="certificate_warning_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.use} {self.days}"
