"""Where a usage point hangs on the network."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from workflow.models import Identified


class Substation(Identified):
    """A distribution substation (CIM Substation)."""

    name = models.CharField(max_length=100, unique=True)
    nominal_voltage_v = models.PositiveIntegerField("nominal voltage (V)")

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Feeder(Identified):
    """A feeder of a substation (CIM Feeder), with the loads that the screens need."""

    substation = models.ForeignKey(Substation, on_delete=models.PROTECT, related_name="feeders")
    name = models.CharField(max_length=100, unique=True)
    nominal_voltage_v = models.PositiveIntegerField("nominal voltage (V)")
    peak_load_w = models.PositiveBigIntegerField("peak load (W)")
    minimum_load_w = models.PositiveBigIntegerField("minimum load (W)")
    max_fault_current_a = models.PositiveIntegerField("maximum fault current (A)", null=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(minimum_load_w__lte=models.F("peak_load_w")), name="feeder_loads"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Transformer(Identified):
    """A service transformer (CIM TransformerTank)."""

    feeder = models.ForeignKey(Feeder, on_delete=models.PROTECT, related_name="transformers")
    name = models.CharField(max_length=100, unique=True)
    rating_va = models.PositiveBigIntegerField("rating (VA)")
    secondary_voltage_v = models.PositiveIntegerField("secondary voltage (V)")

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rating_va__range=(1_000, 1_000_000_000)),
                name="transformer_rating_bounds",
            )
        ]

    def __str__(self) -> str:
        return self.name


class NetworkConnection(models.Model):
    """Which transformer a usage point hangs on."""

    usage_point = models.OneToOneField(
        "customers.UsagePoint", on_delete=models.PROTECT, related_name="network_connection"
    )
    transformer = models.ForeignKey(
        Transformer, on_delete=models.PROTECT, related_name="connections"
    )

    def __str__(self) -> str:
        return f"{self.usage_point_id} on {self.transformer_id}"
