"""Service locations and usage points."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from workflow.models import Identified


class ServiceLocation(Identified):
    """The place that is served (CIM ServiceLocation)."""

    customer = models.ForeignKey(
        "customers.Customer",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="service_locations",
    )
    address = models.CharField(max_length=300)
    town = models.CharField(max_length=120)
    postal_code = models.CharField(max_length=20, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["address"]
        indexes: ClassVar = [
            GinIndex(OpClass(Upper("address"), name="gin_trgm_ops"), name="location_address_words")
        ]

    def __str__(self) -> str:
        return f"{self.address}, {self.town}"


class UsagePoint(Identified):
    """The point where the utility delivers and meters electricity (CIM UsagePoint)."""

    class PhaseCode(models.TextChoices):
        ABC = "ABC", "Three-phase (ABC)"
        A = "A", "Phase A"
        B = "B", "Phase B"
        C = "C", "Phase C"
        S12 = "s12", "Single-phase 120/240 V (s12)"

    name = models.CharField("service point", max_length=60, unique=True)
    service_location = models.ForeignKey(
        ServiceLocation, on_delete=models.PROTECT, related_name="usage_points"
    )
    account = models.ForeignKey(
        "customers.CustomerAccount",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="usage_points",
    )
    phase_code = models.CharField(max_length=10, choices=PhaseCode.choices)
    nominal_service_voltage_v = models.PositiveIntegerField("nominal voltage (V)")
    rated_current_a = models.PositiveIntegerField("service size (A)")
    has_interval_meter = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="usage_point_name_words")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(nominal_service_voltage_v__range=(1, 500_000)),
                name="usage_point_voltage_bounds",
            ),
            models.CheckConstraint(
                condition=Q(rated_current_a__range=(1, 10_000)), name="usage_point_current_bounds"
            ),
            models.CheckConstraint(
                condition=Q(phase_code__in=["ABC", "A", "B", "C", "s12"]),
                name="usage_point_phase_code",
            ),
        ]

    def __str__(self) -> str:
        return self.name
