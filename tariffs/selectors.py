"""SR2, CA1, CA2: which tariffs there are, what they ask, what they pay, and who is on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import models
from django.db.models import F, Q, QuerySet

from .models import CustomerAgreement, Tariff, TariffVersion
from .prices import PriceSummary, summarize
from .rules import ApplicationFacts, Rule, findings_of, read_rules
from .texts import AgreementText, agreement_text

__all__ = [
    "AgreementText",
    "ApplicationFacts",
    "CheckItem",
    "CustomerAgreement",
    "Offer",
    "PriceSummary",
    "Tariff",
    "TariffVersion",
    "Terms",
]


class CheckItem(NamedTuple):
    """One thing that the field crew verifies, what it should find, and which terms say so."""

    question: str
    expected: str
    source: str


@dataclass(frozen=True)
class Terms:
    """What a version asks of the customer and the installation."""

    requires_communication: bool
    communication_protocols: tuple[str, ...]
    meter_requirement: str
    telemetry: str
    minimum_term_months: int | None
    join_rules: tuple[str, ...]
    leave_rules: tuple[str, ...]
    control_rights: tuple[str, ...]
    checklist: tuple[CheckItem, ...]


@dataclass(frozen=True)
class Offer:
    """A version as offered to one application: eligible, or why not."""

    version: TariffVersion
    findings: tuple[str, ...]

    @property
    def is_eligible(self) -> bool:
        """Whether no rule found anything."""
        return not self.findings


def versions_valid_on(day: date) -> QuerySet[TariffVersion]:
    """CA1: versions that take applications on the day. A start that is not known is past."""
    return (
        TariffVersion.objects.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_to__isnull=True) | Q(valid_to__gt=day),
            ~Q(facts__contains={"status": "superseded"}),
            ~Q(facts__contains={"status": "closed_to_new"}),
        )
        .select_related("tariff")
        .order_by("tariff__title", "version")
    )


def version_of_code(code: str, version: str, *, on: date) -> TariffVersion | None:
    """The version of a tariff that takes applications on the day; the newest if none is named."""
    found = versions_valid_on(on).filter(tariff__code=code)
    if version:
        found = found.filter(version=version)
    return found.order_by(F("valid_from").desc(nulls_last=True), "-id").first()


def version_by_mrid(mrid: UUID) -> TariffVersion | None:
    """One version with its tariff."""
    return TariffVersion.objects.select_related("tariff").filter(mrid=mrid).first()


def offers_for(facts: ApplicationFacts, on: date) -> list[Offer]:
    """SR2: every version that takes applications on the day; the eligible ones first."""
    offers = [
        Offer(version, tuple(findings(version=version, facts=facts)))
        for version in versions_valid_on(on)
    ]
    return sorted(offers, key=lambda offer: not offer.is_eligible)


def findings(
    *, version: TariffVersion, facts: ApplicationFacts, on: date | None = None
) -> list[str]:
    """SR2, GF2: why the facts do not fit the version, in plain words; empty when they do.

    With ``on`` also whether the version takes applications on that day.
    """
    closed = on is not None and not versions_valid_on(on).filter(pk=version.pk).exists()
    words = ["This tariff does not take applications now."] if closed else []
    return [*words, *findings_of(rules_of(version), facts)]


def rules_of(version: TariffVersion) -> list[Rule]:
    """The rules of a version as objects."""
    return read_rules(version.rules, tariff=version.tariff.code)


def terms_of(version: TariffVersion) -> Terms:
    """SR4, SR7: what the version asks, for guards, pages and the field crew."""
    facts, rules = version.facts, rules_of(version)
    rule_names = {rule.name for rule in rules}
    return Terms(
        requires_communication=bool(facts.get("requires_communication"))
        or "requires_communication" in rule_names,
        communication_protocols=tuple(facts.get("communication_protocols") or ()),
        meter_requirement=facts.get("meter_requirement") or "",
        telemetry=facts.get("telemetry") or "",
        minimum_term_months=facts.get("minimum_term_months"),
        join_rules=tuple(facts.get("join_rules") or ()),
        leave_rules=tuple(facts.get("leave_rules") or ()),
        control_rights=tuple(facts.get("control_rights") or ()),
        checklist=tuple(_checklist(version, rules)),
    )


def _checklist(version: TariffVersion, rules: Sequence[Rule]) -> list[CheckItem]:
    source = f"{version.tariff.code}, version {version.version}"
    return [
        CheckItem(question, expected, source)
        for rule in rules
        for question, expected in rule.to_verify(rule.params)
    ]


def text_to_accept(version: TariffVersion, conditions: str = "") -> AgreementText:
    """CA2: exactly what the customer reads and accept_tariff stores, with its SHA-256."""
    return agreement_text(version.terms_text, conditions)


def current_agreement(der: models.Model) -> CustomerAgreement | None:
    """The DER's latest accepted agreement that was not superseded or ended, active or not yet."""
    return _agreements().filter(der_id=der.pk, superseded_at=None, active_to__isnull=True).first()


def agreement_on(der: models.Model, moment: datetime) -> CustomerAgreement | None:
    """CA1: the agreement under which the DER operated at a moment."""
    return (
        _agreements()
        .filter(Q(active_to__isnull=True) | Q(active_to__gt=moment), der_id=der.pk)
        .filter(active_from__lte=moment)
        .first()
    )


def agreements_of(der: models.Model) -> QuerySet[CustomerAgreement]:
    """CA1: every agreement of the DER, the newest first; never lost."""
    return _agreements().filter(der_id=der.pk)


def agreement_by_mrid(mrid: UUID) -> CustomerAgreement | None:
    """One agreement with its version."""
    return _agreements().filter(mrid=mrid).first()


def codes_held(ders: Iterable[models.Model], moment: datetime) -> frozenset[str]:
    """The tariffs that some DER operate under at a moment, for ``existing_tariff_codes``."""
    held = CustomerAgreement.objects.filter(
        Q(active_to__isnull=True) | Q(active_to__gt=moment),
        der_id__in=[der.pk for der in ders],
        active_from__lte=moment,
    )
    return frozenset(held.values_list("tariff_version__tariff__code", flat=True))


def _agreements() -> QuerySet[CustomerAgreement]:
    return CustomerAgreement.objects.select_related("tariff_version__tariff", "customer")


def price_summary(version: TariffVersion) -> PriceSummary:
    """CA1: seasons, hours and prices of a version, ready to show."""
    return summarize(version.pricing, version.facts, currency=version.currency)
