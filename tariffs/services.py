"""CA1, CA2: import the tariff book; accept, activate and end agreements."""

from datetime import datetime
from typing import TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction
from django.db.models import QuerySet

from customers.selectors import Customer

from .imports import Imported, TariffBookError, VersionChanged, import_tariff_book
from .models import CustomerAgreement, TariffVersion
from .selectors import findings, text_to_accept

__all__ = [
    "AgreementRefused",
    "Imported",
    "NoAgreement",
    "TariffBookError",
    "TextChanged",
    "VersionChanged",
    "accept_tariff",
    "activate_agreement",
    "end_agreement",
    "findings",
    "import_tariff_book",
]

Row = TypeVar("Row", bound=models.Model)


class AgreementRefused(Exception):
    """The agreement cannot be accepted, activated or ended; the message says why."""


class TextChanged(AgreementRefused):
    """What the customer saw is not the text that would be stored."""


class NoAgreement(AgreementRefused):
    """The DER has no agreement that could be activated or ended."""


@transaction.atomic
def accept_tariff(
    *,
    version: TariffVersion,
    der: models.Model,
    customer: Customer,
    by: AbstractBaseUser,
    name: str,
    text_sha256: str,
    conditions: str = "",
    at: datetime,
) -> CustomerAgreement:
    """SR2, CA2: store the acceptance of the exact text, and supersede the DER's earlier one.

    ``text_sha256`` is of the text that was shown: ``selectors.text_to_accept``. What the DER
    operates under changes only with activate_agreement.
    """
    current = _locked(version)
    _lock_agreements_of(der)
    accepted = text_to_accept(current, conditions)
    if text_sha256 != accepted.sha256:
        raise TextChanged("The text has changed since you opened it. Please read it again.")
    if not name.strip():
        raise AgreementRefused("Type your full name to accept the terms.")
    _current_of(der).update(superseded_at=at)
    return CustomerAgreement.objects.create(
        tariff_version=current,
        der_id=der.pk,
        customer=customer,
        accepted_by_id=by.pk,
        accepted_name=name.strip(),
        accepted_at=at,
        text=accepted.text,
        text_sha256=accepted.sha256,
    )


@transaction.atomic
def activate_agreement(*, der: models.Model, at: datetime) -> CustomerAgreement:
    """CA1: from now on the DER operates under its current agreement; an earlier one ends.

    An agreement that is active already stays as it is.
    """
    _lock_agreements_of(der)
    agreement = _current_of(der).first()
    if agreement is None:
        raise NoAgreement("The DER has no accepted agreement.")
    if agreement.active_from is None:
        _end(_active_of(der), at)
        agreement.active_from = at
        agreement.save(update_fields=["active_from"])
    return agreement


@transaction.atomic
def end_agreement(*, der: models.Model, at: datetime) -> list[CustomerAgreement]:
    """SR10: the DER no longer operates under a tariff; an agreement not yet active lapses."""
    _lock_agreements_of(der)
    ended = _end(_active_of(der), at)
    lapsed = list(_current_of(der).filter(active_from__isnull=True))
    _current_of(der).filter(active_from__isnull=True).update(superseded_at=at)
    if not ended and not lapsed:
        raise NoAgreement("The DER has no agreement to end.")
    return [*ended, *lapsed]


def _locked(row: Row) -> Row:
    """Fresh and locked, so that an import cannot change a version while it is being accepted."""
    rows = type(row)._default_manager
    return rows.select_for_update(of=("self",), no_key=True).get(pk=row.pk)


def _lock_agreements_of(der: models.Model) -> None:
    """One acceptance at a time for one DER: the lock is on the DER itself."""
    _locked(der)


def _current_of(der: models.Model) -> QuerySet[CustomerAgreement]:
    return CustomerAgreement.objects.filter(
        der_id=der.pk, superseded_at__isnull=True, active_to__isnull=True
    )


def _active_of(der: models.Model) -> QuerySet[CustomerAgreement]:
    return CustomerAgreement.objects.filter(
        der_id=der.pk, active_from__isnull=False, active_to__isnull=True
    )


def _end(active: QuerySet[CustomerAgreement], at: datetime) -> list[CustomerAgreement]:
    ended = list(active)
    for agreement in ended:
        if agreement.active_from is not None and at <= agreement.active_from:
            raise AgreementRefused("An agreement ends after it began.")
        agreement.active_to = at
        agreement.save(update_fields=["active_to"])
    return ended
