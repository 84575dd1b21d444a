"""The tariff book and the customers' agreements."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from workflow.models import Identified


class Tariff(Identified):
    """What a customer can choose (CIM PricingStructure). Its dated content is a TariffVersion."""

    code = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    utility = models.CharField(max_length=120)
    summary = models.TextField()
    technologies = models.JSONField(default=list)
    source = models.CharField(max_length=300, blank=True)
    source_url = models.URLField("source URL", max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["title"]

    def __str__(self) -> str:
        return self.title


class TariffVersion(Identified):
    """One version of a tariff: rules, prices and the text a customer accepts (CIM Tariff).

    A trigger refuses any change to a version that somebody accepted.
    """

    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(max_length=40)
    valid_from = models.DateField(null=True, blank=True, help_text="Empty: not known.")
    valid_to = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    rules = models.JSONField(default=list)
    pricing = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    terms_text = models.TextField()
    terms_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["tariff__title", "-valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tariff", "version"], name="tariff_version"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="tariff_version_validity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tariff.title}, version {self.version}"


class CustomerAgreement(Identified):
    """A customer's acknowledgment of a version's terms: who, when, and the exact text.

    ``active_from`` and ``active_to`` are the half-open time in which the DER operates under it.
    """

    tariff_version = models.ForeignKey(
        TariffVersion, on_delete=models.PROTECT, related_name="agreements"
    )
    der = models.ForeignKey("registry.Der", on_delete=models.PROTECT, related_name="agreements")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="agreements"
    )
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    accepted_name = models.CharField(max_length=200)
    accepted_at = models.DateTimeField()
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    superseded_at = models.DateTimeField(null=True, blank=True)
    active_from = models.DateTimeField(null=True, blank=True)
    active_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-accepted_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["der"],
                condition=Q(superseded_at__isnull=True, active_to__isnull=True),
                name="agreement_one_current",
            ),
            ExclusionConstraint(
                name="agreement_no_overlap",
                expressions=[
                    ("der", RangeOperators.EQUAL),
                    (
                        Func(
                            F("active_from"),
                            F("active_to"),
                            RangeBoundary(),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(active_from__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(active_to__isnull=True) | Q(active_to__gt=F("active_from")),
                name="agreement_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tariff_version_id} accepted by {self.accepted_name}"
