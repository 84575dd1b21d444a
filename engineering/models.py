"""Network upgrades that requests wait for, and the record of each screening."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from workflow.models import Identified


class NetworkUpgrade(Identified):
    """Work on the network that lets held requests go on (seed Figure 3-1, B.a)."""

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        COMPLETED = "completed", "Completed"
        CANCELED = "canceled", "Canceled"

    name = models.CharField(max_length=200, unique=True)
    description = models.TextField(blank=True)
    feeder = models.ForeignKey(
        "registry.Feeder", on_delete=models.PROTECT, related_name="network_upgrades"
    )
    expected_on = models.DateField("expected completion")
    cost_estimate = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    state = FSMField(default=State.PLANNED, choices=State.choices, protected=True)
    completed_on = models.DateField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["expected_on", "name"]
        permissions: ClassVar = [("lift_networkupgrade", "Can complete network upgrades")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["planned", "completed", "canceled"]), name="upgrade_state"
            ),
            models.CheckConstraint(
                condition=Q(cost_estimate__isnull=True)
                | Q(cost_estimate__range=(0, 1_000_000_000)),
                name="upgrade_cost_bounds",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def blockers(self, transition_name: str) -> list[str]:
        """The state alone decides."""
        return []

    @transition(
        field=state,
        source=State.PLANNED,
        target=State.PLANNED,
        permission="engineering.add_networkupgrade",
    )
    def plan(self, **facts: object) -> None:
        """The first row of its history; the facts are those it starts with."""

    @transition(
        field=state,
        source=State.PLANNED,
        target=State.PLANNED,
        permission="engineering.change_networkupgrade",
    )
    def change(self, **changes: object) -> None:
        """Another name, description, date or cost, while it is planned."""
        for name, value in changes.items():
            setattr(self, name, value.strip() if isinstance(value, str) else value)

    @transition(
        field=state,
        source=State.PLANNED,
        target=State.COMPLETED,
        permission="engineering.lift_networkupgrade",
    )
    def complete(self, *, completed_on: date) -> None:
        """The work is done; requests held for it go on."""
        self.completed_on = completed_on


class Screening(Identified):
    """One run of a procedure's screens over a request, with every input as it was."""

    service_request_mrid = models.UUIDField()
    rule_set = models.CharField(max_length=120)
    engine_version = models.CharField(max_length=20)
    input_sha256 = models.CharField(max_length=64)
    inputs = models.JSONField()
    results = models.JSONField()
    run_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-run_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["service_request_mrid", "-run_at"])]

    def __str__(self) -> str:
        return f"{self.rule_set} at {self.run_at:%Y-%m-%d}"
