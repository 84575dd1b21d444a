"""The DER connection request (CIM ServiceRequest) and its state machine."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django_fsm import FSMField, transition

from customers.selectors import may_act_for
from registry.selectors import Der
from tariffs.selectors import TariffVersion
from workflow.models import Identified

from ..guards import blockers
from ..states import CLOSED, OPEN, State


def applicant(request: Any, user: Any) -> bool:
    """Permission: the customer, or an installer with the customer's consent."""
    return may_act_for(user=user, customer_id=request.customer_id)


REVIEWABLE = "enrollment.review_completeness"
ENGINEERING = "enrollment.decide_engineering"
OPERATIONS = "enrollment.decide_operations"
FIELD = "workorders.verify_installation"


class ServiceRequest(Identified):
    """A customer's request to connect one DER, from draft to permission to operate.

    Each transition only says source, target and its own facts; ``workflow.services.advance``
    locks, checks permission and guards, saves and records it.
    """

    reference = models.CharField(max_length=20, unique=True, editable=False)
    start_key = models.UUIDField(unique=True, editable=False)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="service_requests"
    )
    der = models.OneToOneField(
        "registry.Der", null=True, on_delete=models.PROTECT, related_name="service_request"
    )
    procedure = models.ForeignKey(
        "enrollment.Procedure", on_delete=models.PROTECT, related_name="service_requests"
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    tariff_version = models.ForeignKey(
        "tariffs.TariffVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    wanted_on = models.DateField("wished in-service date", null=True, blank=True)
    notes = models.TextField("notes for the engineers", blank=True)
    state = FSMField(default=State.DRAFT, choices=State.choices, protected=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(editable=False)
    submitted_at = models.DateTimeField(null=True, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    engineering_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    operations_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    held_for = models.ForeignKey(
        "engineering.NetworkUpgrade",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="held_requests",
    )
    communication_proven_at = models.DateTimeField(null=True, editable=False)
    communication_proven_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    communication_note = models.CharField(max_length=300, blank=True, editable=False)
    operated_from = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]
        permissions: ClassVar = [
            ("review_completeness", "Can check applications for completeness"),
            ("decide_engineering", "Can take the engineering decision"),
            ("decide_operations", "Can take the Operations decision"),
            ("view_all_requests", "Can see every service request"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=list(State.values)), name="request_state"),
            models.CheckConstraint(
                condition=Q(engineering_by__isnull=True)
                | Q(operations_by__isnull=True)
                | ~Q(engineering_by=F("operations_by")),
                name="request_four_eyes",
            ),
            models.CheckConstraint(
                condition=(Q(engineering_by__isnull=True) | ~Q(engineering_by=F("submitted_by")))
                & (Q(operations_by__isnull=True) | ~Q(operations_by=F("submitted_by"))),
                name="request_not_own_submission",
            ),
            models.CheckConstraint(
                condition=~Q(state="permission_to_operate")
                | Q(
                    engineering_by__isnull=False,
                    operations_by__isnull=False,
                    operated_from__isnull=False,
                ),
                name="request_operation_was_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state="held_for_upgrade") | Q(held_for__isnull=False),
                name="request_hold_names_upgrade",
            ),
            models.CheckConstraint(
                condition=Q(state="draft")
                | Q(state="withdrawn")
                | Q(submitted_at__isnull=False, tariff_version__isnull=False),
                name="request_submitted_is_complete",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-id"], name="request_queue"),
            models.Index(fields=["customer", "-id"], name="request_customer"),
            GinIndex(
                OpClass(Upper("reference"), name="gin_trgm_ops"), name="request_reference_words"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def blockers(self, transition_name: str) -> list[str]:
        """Why the transition is refused now; the page shows the same sentences."""
        return blockers(self, transition_name)

    @property
    def proposed_der(self) -> Der:
        """The DER of a request whose site was chosen; every submitted request has one."""
        if self.der is None:
            raise LookupError(f"{self.reference} has no service point yet.")
        return self.der

    @property
    def accepted_version(self) -> TariffVersion:
        """The tariff version of a request whose tariff was accepted."""
        if self.tariff_version is None:
            raise LookupError(f"{self.reference} has no tariff yet.")
        return self.tariff_version

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self.state not in CLOSED

    @transition(state, source=State.DRAFT, target=State.COMPLETENESS_REVIEW, permission=applicant)
    def submit(self, *, submitted_at: Any, submitted_by: Any) -> None:
        """SR3: the application is sent."""
        self.submitted_at, self.submitted_by = submitted_at, submitted_by

    @transition(
        state,
        source=State.COMPLETENESS_REVIEW,
        target=State.ENGINEERING_REVIEW,
        permission=REVIEWABLE,
    )
    def confirm_complete(self) -> None:
        """Everything Engineering needs is there (F31-B)."""

    @transition(
        state,
        source=State.COMPLETENESS_REVIEW,
        target=State.INFORMATION_NEEDED,
        permission=REVIEWABLE,
    )
    def request_missing_information(self) -> None:
        """A deficiency, found at completeness review."""

    @transition(
        state,
        source=State.ENGINEERING_REVIEW,
        target=State.INFORMATION_NEEDED,
        permission=ENGINEERING,
    )
    def request_technical_information(self) -> None:
        """A deficiency, found by Engineering (SR5)."""

    @transition(
        state,
        source=State.INFORMATION_NEEDED,
        target=State.COMPLETENESS_REVIEW,
        permission=applicant,
    )
    def return_to_completeness(self) -> None:
        """The applicant mended what completeness review asked for."""

    @transition(
        state,
        source=State.INFORMATION_NEEDED,
        target=State.ENGINEERING_REVIEW,
        permission=applicant,
    )
    def return_to_engineering(self) -> None:
        """The applicant mended what Engineering asked for."""

    @transition(
        state,
        source=State.ENGINEERING_REVIEW,
        target=State.OPERATIONS_REVIEW,
        permission=ENGINEERING,
    )
    def approve_engineering(self, *, engineering_by: Any) -> None:
        """SR5: Engineering approves and asks Operations (F31-B.a)."""
        self.engineering_by = engineering_by

    @transition(
        state,
        source=State.OPERATIONS_REVIEW,
        target=State.HELD_FOR_UPGRADE,
        permission=OPERATIONS,
    )
    def hold_for_network_upgrade(self, *, held_for: Any) -> None:
        """SR6: approval waits for a named upgrade."""
        self.held_for = held_for

    @transition(state, source=State.HELD_FOR_UPGRADE, target=State.OPERATIONS_REVIEW)
    def resume_after_upgrade(self) -> None:
        """SR6: the upgrade is done. Permission is the upgrade's, not the request's."""
        self.held_for = None

    @transition(
        state,
        source=State.OPERATIONS_REVIEW,
        target=State.AGREEMENT_OFFERED,
        permission=OPERATIONS,
    )
    def approve_operations(self, *, operations_by: Any) -> None:
        """SR6: Operations confirms; the agreement is offered."""
        self.operations_by = operations_by

    @transition(
        state, source=State.AGREEMENT_OFFERED, target=State.CONSTRUCTION, permission=applicant
    )
    def sign_agreement(self) -> None:
        """CA2: the customer signs the agreement with the approved conditions."""

    @transition(state, source=State.CONSTRUCTION, target=State.VERIFICATION, permission=applicant)
    def report_installation(self) -> None:
        """The installer certifies completion; a work order is issued (SR7)."""

    @transition(state, source=State.VERIFICATION, target=State.CONSTRUCTION, permission=FIELD)
    def fail_verification(self) -> None:
        """SR7: something must be put right before a re-visit."""

    @transition(
        state, source=State.VERIFICATION, target=State.PERMISSION_TO_OPERATE, permission=FIELD
    )
    def pass_verification(self, *, operated_from: Any) -> None:
        """SR7, SR8: verified; permission to operate from now on."""
        self.operated_from = operated_from

    @transition(
        state, source=State.COMPLETENESS_REVIEW, target=State.DECLINED, permission=REVIEWABLE
    )
    def decline_at_completeness(self) -> None:
        """SR10: cannot be accepted at all."""

    @transition(
        state, source=State.ENGINEERING_REVIEW, target=State.DECLINED, permission=ENGINEERING
    )
    def decline_by_engineering(self) -> None:
        """SR5, SR10: the network cannot take it."""

    @transition(state, source=State.OPERATIONS_REVIEW, target=State.DECLINED, permission=OPERATIONS)
    def decline_by_operations(self) -> None:
        """SR6, SR10: Operations cannot accommodate it."""

    @transition(state, source=list(OPEN), target=State.WITHDRAWN, permission=applicant)
    def withdraw(self) -> None:
        """SR10: the applicant gives up the request."""

    @transition(state, source=State.INFORMATION_NEEDED, target=State.DEEMED_WITHDRAWN)
    def deem_withdrawn(self) -> None:
        """SR10: the time to mend the deficiency passed."""

    @transition(state, source=[State.AGREEMENT_OFFERED, State.CONSTRUCTION], target=State.EXPIRED)
    def expire(self) -> None:
        """SR10: not signed, or not built, in time."""
