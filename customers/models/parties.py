"""Customers, their accounts, providers, and consent."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from workflow.models import Identified


class Customer(Identified):
    """A customer of the utility (CIM Customer). The only table with a name and a phone number."""

    class Kind(models.TextChoices):
        RESIDENTIAL = "residential", "Residential"
        COMMERCIAL_INDUSTRIAL = "commercialIndustrial", "Commercial or industrial"
        RESIDENTIAL_FARM_SERVICE = "residentialFarmService", "Farm"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="customer",
    )
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=40, choices=Kind.choices, default=Kind.RESIDENTIAL)
    email = models.EmailField("e-mail address")
    phone = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="customer_name_words")
        ]

    def __str__(self) -> str:
        return self.name


class CustomerAccount(Identified):
    """The account that a customer is billed under (CIM CustomerAccount).

    It has no customer here until somebody registers online with its number.
    """

    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="accounts"
    )
    number = models.CharField(max_length=40, unique=True)

    def __str__(self) -> str:
        return self.number


class Provider(Identified):
    """An installer or a third party that has contracts with customers (CIM ServiceSupplier)."""

    class Kind(models.TextChoices):
        INSTALLER = "installer", "Installer"
        THIRD_PARTY = "third_party", "Third-party provider"

    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    license_number = models.CharField(max_length=60, blank=True)
    email = models.EmailField("e-mail address")

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Consent(Identified):
    """A customer's permission for a provider to act for them, from when until when."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="consents")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="consents")
    may_accept_agreements = models.BooleanField(default=False)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "provider"],
                condition=Q(active_to__isnull=True),
                name="consent_one_open",
            ),
            models.CheckConstraint(
                condition=Q(active_to__isnull=True) | Q(active_to__gte=models.F("active_from")),
                name="consent_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} to {self.provider_id}"
