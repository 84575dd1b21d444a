"""The catalogue of certified equipment."""

from typing import ClassVar

from django.db import models

from .nameplate import Nameplate, nameplate_checks


class Equipment(Nameplate):
    """One certified model with its nameplate, from a published list."""

    source_list = models.CharField(max_length=120)
    source_key = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    manufacturer = models.CharField(max_length=120)
    model = models.CharField(max_length=160)
    certification = models.CharField(max_length=120, blank=True)
    listed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["manufacturer", "model"]
        verbose_name_plural = "equipment"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source_list", "source_key"], name="equipment_key"),
            *nameplate_checks("equipment"),
        ]

    def __str__(self) -> str:
        return f"{self.manufacturer} {self.model}"
