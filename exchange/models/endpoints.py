"""Endpoints, and who delivers to them now."""

from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from cim.codecs import EDITION_1
from workflow.models import Identified

CERTIFICATE_WARNING = timedelta(days=30)
_is_sha256 = RegexValidator(
    r"\A[0-9a-f]{64}\Z", "Give 64 hexadecimal digits in lower case, without colons."
)


def bearer_alone() -> list[str]:
    """How an endpoint sends unless its settings say otherwise."""
    return ["bearer"]


class Endpoint(Identified):
    """A DERMS (or another system) that we send messages to and that may read our API.

    Which endpoints exist and what territory they hold is data: one row with the whole
    territory is the centralized deployment, several with feeders the distributed one, one with
    an owner a third party's (seed section 2). A work-management system gets orders, no DER.
    """

    class Kind(models.TextChoices):
        DSO_DERMS = "dso_derms", "DSO DERMS"
        THIRD_PARTY_DERMS = "third_party_derms", "Third-party DERMS"
        WORK_MANAGEMENT = "work_management", "Work management"

    class Transport(models.TextChoices):
        HTTP = "http", "Plain HTTP"
        SOAP = "soap", "SOAP 1.1"

    class Edition(models.IntegerChoices):
        FIRST = EDITION_1, "Edition 1 (2013)"

    class Format(models.TextChoices):
        CIM_XML = "cim_xml", "CIM XML"
        JSON = "json", "JSON notice"

    class Authentication(models.TextChoices):
        SIGNATURE = "signature", "Signature only"
        BEARER = "bearer", "Bearer token"
        OAUTH2 = "oauth2", "OAuth 2.0 client credentials"
        MUTUAL_TLS = "mutual_tls", "Client certificate (mutual TLS)"

    class Inbound(models.TextChoices):
        BEARER = "bearer", "Bearer token"
        SIGNATURE = "signature", "Signature (Standard Webhooks)"
        MUTUAL_TLS = "mutual_tls", "Client certificate (mutual TLS)"

    class AfterFailure(models.TextChoices):
        BLOCK = "block", "Hold up later messages of the object"
        SKIP = "skip", "Go on with the object"

    class RetryProfile(models.TextChoices):
        REGISTRY = "registry", "Registry: try for days"
        DISPATCH = "dispatch", "Dispatch: expire within minutes"

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    url = models.URLField("URL", max_length=500)
    sealed_secret = models.BinaryField(editable=False)
    owner_mrid = models.UUIDField("third party's mRID", null=True, blank=True)
    takes_requests = models.BooleanField(
        "is asked for work (create), not only told of it (created)", default=False
    )
    feeder_mrids = ArrayField(models.UUIDField(), default=list, blank=True)
    source = models.CharField("Header/Source of its messages", max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    context = models.CharField(max_length=30, default="PRODUCTION")
    concurrency = models.PositiveSmallIntegerField(default=8)
    edition = models.PositiveSmallIntegerField(
        "edition of IEC 61968-100", choices=Edition.choices, default=Edition.FIRST
    )
    namespace_year = models.PositiveSmallIntegerField(
        "year in its namespaces of iec.ch", null=True, blank=True
    )
    is_typed = models.BooleanField("typed messages", default=True)
    transport = models.CharField(max_length=10, choices=Transport.choices, default=Transport.HTTP)
    format = models.CharField(max_length=10, choices=Format.choices, default=Format.CIM_XML)
    is_strict = models.BooleanField("messages and answers are read strictly", default=False)
    authentication = models.CharField(
        max_length=20, choices=Authentication.choices, default=Authentication.SIGNATURE
    )
    after_failure = models.CharField(
        max_length=10, choices=AfterFailure.choices, default=AfterFailure.BLOCK
    )
    retry_profile = models.CharField(
        max_length=10, choices=RetryProfile.choices, default=RetryProfile.REGISTRY
    )
    messages_per_second = models.PositiveSmallIntegerField(null=True, blank=True)
    sealed_credentials = models.BinaryField(null=True, editable=False)
    token_url = models.URLField("token URL", max_length=500, blank=True)
    client_certificate = models.TextField("client certificate (PEM)", blank=True)
    server_certificate = models.TextField("pinned server certificate or CA (PEM)", blank=True)
    certificate_expires_at = models.DateTimeField(null=True, editable=False)
    inbound_authentications = ArrayField(
        models.CharField(max_length=20, choices=Inbound.choices),
        verbose_name="authentications of what it sends",
        default=bearer_alone,
    )
    inbound_certificate = models.TextField(
        "certificate with which it sends (PEM)",
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    inbound_certificate_sha256 = models.CharField(
        "SHA-256 of the certificate with which it sends",
        max_length=64,
        blank=True,
        validators=[_is_sha256],
    )
    epoch = models.PositiveIntegerField(default=1, editable=False)
    next_sequence = models.BigIntegerField(default=1, editable=False)
    catch_up_asked_at = models.DateTimeField(null=True, editable=False)
    catch_up_after = models.UUIDField(null=True, editable=False)
    oauth_application_id = models.BigIntegerField(null=True, unique=True, editable=False)

    class Meta:
        ordering: ClassVar = ["name"]
        permissions: ClassVar = [("manage_endpoint", "Can create endpoints and change secrets")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["dso_derms", "work_management"], owner_mrid__isnull=True)
                | Q(kind="third_party_derms", owner_mrid__isnull=False),
                name="endpoint_third_party_has_owner",
            ),
            models.CheckConstraint(
                condition=Q(takes_requests=False) | Q(kind="work_management", format="cim_xml"),
                name="endpoint_takes_requests",
                violation_error_message="Only work management is asked for work, and in CIM XML.",
            ),
            models.CheckConstraint(
                condition=Q(concurrency__range=(1, 64)), name="endpoint_concurrency_bounds"
            ),
            models.CheckConstraint(
                condition=Q(format="cim_xml", transport__in=["http", "soap"])
                | Q(format="json", transport="http"),
                name="endpoint_format_fits_transport",
                violation_error_message="A JSON notice goes over plain HTTP, not over SOAP.",
            ),
            models.CheckConstraint(
                condition=Q(retry_profile="registry", after_failure__in=["block", "skip"])
                | Q(retry_profile="dispatch", after_failure="skip"),
                name="endpoint_dispatch_skips",
                violation_error_message="Dispatches expire and hold up nothing: choose skip.",
            ),
            models.CheckConstraint(
                condition=Q(authentication="signature")
                | Q(authentication__in=["bearer", "oauth2", "mutual_tls"])
                & Q(sealed_credentials__isnull=False),
                name="endpoint_has_its_credentials",
                violation_error_message="The credentials of this authentication are missing.",
            ),
            models.CheckConstraint(
                condition=Q(messages_per_second__isnull=True)
                | Q(messages_per_second__range=(1, 10_000)),
                name="endpoint_rate_bounds",
                violation_error_message="messages_per_second must be from 1 to 10,000.",
            ),
            models.CheckConstraint(
                condition=Q(edition=1),
                name="endpoint_edition_is_spoken",
                violation_error_message="This edition of IEC 61968-100 is not spoken.",
            ),
            models.CheckConstraint(
                condition=Q(namespace_year__isnull=True) | Q(namespace_year__range=(2000, 2099)),
                name="endpoint_namespace_year_bounds",
                violation_error_message="namespace_year must be from 2000 to 2099.",
            ),
            models.CheckConstraint(
                condition=Q(
                    inbound_authentications__contained_by=["bearer", "signature", "mutual_tls"],
                    inbound_authentications__len__gte=1,
                ),
                name="endpoint_inbound_authentications",
                violation_error_message="inbound_authentications: at least one, each known.",
            ),
            models.CheckConstraint(
                condition=Q(inbound_certificate_sha256__regex=r"^[0-9a-f]{64}$")
                | Q(inbound_certificate_sha256="")
                & ~Q(inbound_authentications__contains=["mutual_tls"]),
                name="endpoint_inbound_certificate",
                violation_error_message="mutual_tls needs inbound_certificate_sha256.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DeliveryLease(models.Model):
    """Who delivers to one endpoint now, and when the endpoint may be tried again.

    A suspended endpoint gets nothing until a person resumes it; its messages wait.

    A row of its own, so that renewing the lease never waits for a transaction that enqueues.
    All times are the database's.
    """

    endpoint = models.OneToOneField(
        Endpoint, on_delete=models.CASCADE, primary_key=True, related_name="lease"
    )
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    failure_streak = models.PositiveIntegerField(default=0)
    denied_streak = models.PositiveIntegerField(default=0, db_default=0)
    not_before = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)
    suspended_reason = models.TextField(blank=True, default="", db_default="")
    poked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"lease of {self.endpoint_id}"
