"""The procedure a utility follows, and the clock of each state a request is in."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from engineering.selectors import screen_sets
from workflow.models import Identified


def require_known_screens(name: str) -> None:
    """Screens that do not exist would refuse every application. Raises ValidationError."""
    known = screen_sets()
    if name not in known:
        raise ValidationError(f"There are no screens “{name}”. Known: {', '.join(sorted(known))}.")


class Procedure(Identified):
    """One version of an interconnection procedure: the days of each state are data.

    ``steps`` maps a state to {owner, business_days | calendar_days | months, on_overdue, source}.
    """

    code = models.CharField(max_length=60)
    version = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    holiday_country = models.CharField(max_length=2, default="US")
    holiday_subdivision = models.CharField(max_length=10, blank=True)
    closed_days = models.JSONField("further closed days", default=list, blank=True)
    is_default = models.BooleanField(default=False)
    steps = models.JSONField()
    screen_set = models.CharField(max_length=60, validators=[require_known_screens])
    authority = models.CharField(max_length=300)

    class Meta:
        ordering: ClassVar = ["code", "-valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version"], name="procedure_version"),
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="procedure_one_default"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"


class StageClock(models.Model):
    """How long a request has been in one state, and by when its owner must act.

    While the applicant acts the utility's clock is stopped: coming back to a state goes on with
    the days that were left.
    """

    service_request = models.ForeignKey(
        "enrollment.ServiceRequest", on_delete=models.CASCADE, related_name="clocks"
    )
    state = models.CharField(max_length=30)
    owner = models.CharField(max_length=10)
    days_allowed = models.PositiveSmallIntegerField(null=True)
    started_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    stopped_at = models.DateTimeField(null=True)
    days_used = models.PositiveSmallIntegerField(default=0)
    stop_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["service_request"],
                condition=Q(stopped_at__isnull=True),
                name="clock_one_running",
            ),
            models.CheckConstraint(
                condition=Q(owner__in=["applicant", "utility", "crew"]), name="clock_owner"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True) | Q(stopped_at__gte=F("started_at")),
                name="clock_range",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_on", "service_request"],
                condition=Q(stopped_at__isnull=True),
                name="clock_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state}: due {self.due_on}"
