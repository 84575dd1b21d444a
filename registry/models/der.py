"""A distributed energy resource and its units."""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django_fsm import FSMField, transition

from workflow.models import Identified

from .nameplate import Nameplate, nameplate_checks


class CommunicationProtocol(models.TextChoices):
    """How a DER can be reached, under the name that its standard has: DERMS and tariff books
    write the same name, so that a label is part of the interface and is not translated."""

    IEEE_2030_5 = "ieee_2030_5", "IEEE 2030.5"
    CSIP_AUS = "csip_aus", "CSIP-AUS"
    SUNSPEC_MODBUS = "sunspec_modbus", "SunSpec Modbus"
    DNP3 = "dnp3", "DNP3"


class Der(Identified):
    """One DER connection behind a usage point: one or more units that were approved together.

    An addition to a site is a further Der behind the same usage point.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        ACTIVE = "active", "Active"
        CANCELED = "canceled", "Canceled"
        DECOMMISSIONED = "decommissioned", "Decommissioned"

    usage_point = models.ForeignKey(
        "customers.UsagePoint", on_delete=models.PROTECT, related_name="ders"
    )
    provider = models.ForeignKey(
        "customers.Provider",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="ders",
        verbose_name="third-party provider",
    )
    state = FSMField(default=State.PROPOSED, choices=State.choices, protected=True)
    version = models.PositiveBigIntegerField(default=0, editable=False)
    export_limit_w = models.DecimalField(
        "export limit (W)", max_digits=14, decimal_places=3, null=True, blank=True
    )
    communication_protocol = models.CharField(
        max_length=20, blank=True, choices=CommunicationProtocol.choices
    )
    active_from = models.DateTimeField(null=True, editable=False)
    active_to = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "DER"
        verbose_name_plural = "DER"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "active", "canceled", "decommissioned"]),
                name="der_state",
            ),
            models.CheckConstraint(
                condition=Q(
                    communication_protocol__in=[
                        "",
                        "ieee_2030_5",
                        "csip_aus",
                        "sunspec_modbus",
                        "dnp3",
                    ]
                ),
                name="der_communication_protocol",
            ),
            models.CheckConstraint(
                condition=Q(export_limit_w__isnull=True)
                | Q(export_limit_w__range=(0, 100_000_000)),
                name="der_export_limit_bounds",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "canceled"]) | Q(active_from__isnull=False),
                name="der_active_has_start",
            ),
            models.CheckConstraint(
                condition=Q(active_to__isnull=True) | Q(active_to__gte=F("active_from")),
                name="der_active_range",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "id"], name="der_state_page")]

    def __str__(self) -> str:
        return f"DER {str(self.mrid)[:8]}"

    def blockers(self, transition_name: str) -> list[str]:
        """The state alone decides; the journey's guards are the service request's."""
        return []

    @transition(field=state, source=State.PROPOSED, target=State.ACTIVE)
    def activate(self, *, active_from: Any) -> None:
        """Permission to operate was given."""
        self.active_from = active_from

    @transition(field=state, source=State.PROPOSED, target=State.CANCELED)
    def cancel(self) -> None:
        """The request for it ended without permission to operate."""

    @transition(field=state, source=State.ACTIVE, target=State.DECOMMISSIONED)
    def decommission(self, *, active_to: Any) -> None:
        """It was taken out of service for good."""
        self.active_to = active_to


class DerUnit(Identified, Nameplate):
    """One kind of equipment within a DER, ``quantity`` times (IEEE 1547 DER unit).

    Ratings are of one piece.
    """

    class Kind(models.TextChoices):
        PV = "pv", "Solar (PV)"
        STORAGE = "storage", "Battery storage"
        PV_STORAGE = "pv_storage", "Solar and battery on one inverter"
        EVSE = "evse", "EV charger with export (V2G)"
        WIND = "wind", "Wind"
        CHP = "chp", "Combined heat and power"
        FUEL_CELL = "fuel_cell", "Fuel cell"
        RECIPROCATING_ENGINE = "reciprocating_engine", "Reciprocating engine"

    der = models.ForeignKey(Der, on_delete=models.CASCADE, related_name="units")
    kind = models.CharField("technology", max_length=20, choices=Kind.choices)
    quantity = models.PositiveSmallIntegerField(default=1)
    equipment = models.ForeignKey(
        "registry.Equipment", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_certified = models.BooleanField(default=False, editable=False)
    manufacturer = models.CharField(max_length=120)
    model = models.CharField(max_length=160)
    serial_numbers = models.TextField("serial numbers", blank=True)
    firmware_version = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = "DER unit"
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            GinIndex(
                OpClass(Upper("serial_numbers"), name="gin_trgm_ops"), name="unit_serial_words"
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(quantity__range=(1, 1_000)), name="unit_quantity_bounds"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "pv",
                        "storage",
                        "pv_storage",
                        "evse",
                        "wind",
                        "chp",
                        "fuel_cell",
                        "reciprocating_engine",
                    ]
                ),
                name="unit_kind",
            ),
            models.CheckConstraint(
                condition=Q(apparent_power_max_rating_va__isnull=True)
                | Q(apparent_power_max_rating_va__gte=F("active_power_max_rating_w")),
                name="unit_apparent_not_below_active",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["storage", "pv_storage"])
                | Q(energy_capacity_wh__isnull=False),
                name="unit_storage_has_energy",
            ),
            models.CheckConstraint(
                condition=(
                    Q(ac_voltage_minimum_rating_v__isnull=True)
                    | Q(ac_voltage_nominal_rating_v__isnull=True)
                    | Q(ac_voltage_minimum_rating_v__lt=F("ac_voltage_nominal_rating_v"))
                )
                & (
                    Q(ac_voltage_maximum_rating_v__isnull=True)
                    | Q(ac_voltage_nominal_rating_v__isnull=True)
                    | Q(ac_voltage_maximum_rating_v__gt=F("ac_voltage_nominal_rating_v"))
                ),
                name="unit_voltage_order",
            ),
            *nameplate_checks("unit"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.manufacturer} {self.model}"
