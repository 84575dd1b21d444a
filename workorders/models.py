"""Work orders that verify an installation, and what the crew found."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from workflow.models import Identified


def photo_path(instance: "Photo", filename: str) -> str:
    """A random name; the uploaded name is never used."""
    return f"workorders/{uuid.uuid4().hex}.jpg"


class WorkOrder(Identified):
    """An inspection of one DER before it is connected (CIM WorkOrder, kind inspection)."""

    class State(models.TextChoices):
        ISSUED = "issued", "Issued"
        PASSED = "passed", "Passed"
        FAILED = "failed", "Failed, re-visit needed"
        CANCELED = "canceled", "Canceled"

    number = models.CharField(max_length=30, unique=True)
    service_request_mrid = models.UUIDField()
    visit = models.PositiveSmallIntegerField(default=1)
    address = models.CharField(max_length=300)
    instruction = models.TextField(blank=True)
    state = FSMField(default=State.ISSUED, choices=State.choices, protected=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, editable=False)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    result_note = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["due_on", "id"]
        permissions: ClassVar = [("verify_installation", "Can verify installations in the field")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["issued", "passed", "failed", "canceled"]),
                name="work_order_state",
            ),
            models.UniqueConstraint(
                fields=["service_request_mrid"],
                condition=Q(state="issued"),
                name="work_order_one_open",
            ),
            models.UniqueConstraint(
                fields=["service_request_mrid", "visit"], name="work_order_visit"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["issued", "canceled"])
                | Q(finished_at__isnull=False, finished_by__isnull=False),
                name="work_order_finished_by",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_on", "id"], condition=Q(state="issued"), name="work_order_open"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def blockers(self, transition_name: str) -> list[str]:
        """A pass needs every item of the checklist passed; a fail names at least one."""
        answers = list(self.items.values_list("answer", flat=True))
        if transition_name == "record_passed" and any(a != "pass" for a in answers):
            return ["Every item of the checklist must be answered “pass”."]
        if transition_name == "record_failed" and "fail" not in answers:
            return ["At least one item of the checklist must be answered “fail”."]
        return []

    @transition(
        field=state,
        source=State.ISSUED,
        target=State.PASSED,
        permission="workorders.verify_installation",
    )
    def record_passed(self, *, finished_at: Any, finished_by: Any, result_note: str) -> None:
        """The installation meets the tariff's terms and the nameplate."""
        self._finish(finished_at, finished_by, result_note)

    @transition(
        field=state,
        source=State.ISSUED,
        target=State.FAILED,
        permission="workorders.verify_installation",
    )
    def record_failed(self, *, finished_at: Any, finished_by: Any, result_note: str) -> None:
        """Something must be put right, then the crew comes again."""
        self._finish(finished_at, finished_by, result_note)

    @transition(field=state, source=State.ISSUED, target=State.CANCELED)
    def cancel(self) -> None:
        """The request ended before the visit."""

    def _finish(self, at: Any, by: Any, note: str) -> None:
        self.finished_at, self.finished_by, self.result_note = at, by, note


class ChecklistItem(models.Model):
    """One thing the crew checks, and what they found."""

    class Answer(models.TextChoices):
        PASS = "pass", "Pass"
        FAIL = "fail", "Fail"

    work_order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    question = models.CharField(max_length=300)
    expected = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=120, blank=True)
    answer = models.CharField(max_length=4, choices=Answer.choices, blank=True)
    found = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["work_order", "position"], name="checklist_position"),
            models.CheckConstraint(
                condition=Q(answer__in=["", "pass", "fail"]), name="checklist_answer"
            ),
        ]

    def __str__(self) -> str:
        return self.question


class Photo(models.Model):
    """A picture that the crew took."""

    work_order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="photos")
    file = models.ImageField(upload_to=photo_path)
    caption = models.CharField(max_length=200, blank=True)
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.caption or f"photo of {self.work_order_id}"
