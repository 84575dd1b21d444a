"""CA2, CA1: acceptance of an exact text; what a DER operates under, over time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from customers.models import Customer
from registry.models import Der
from tariffs import services
from tariffs.models import CustomerAgreement, TariffVersion
from tariffs.selectors import (
    agreement_by_mrid,
    agreement_on,
    agreements_of,
    codes_held,
    current_agreement,
    text_to_accept,
)

from .factories import (
    NOON,
    TERMS,
    customer_of,
    make_customer,
    make_der,
    make_user,
    make_version,
    user_of,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def maria(db: None) -> Customer:
    return make_customer()


@pytest.fixture
def der(maria: Customer) -> Der:
    return make_der(maria)


@pytest.fixture
def version(db: None) -> TariffVersion:
    return make_version()


def accept(
    version: TariffVersion, der: Der, at: datetime = NOON, conditions: str = "", sha: str = ""
) -> CustomerAgreement:
    customer = customer_of(der)
    return services.accept_tariff(
        version=version,
        der=der,
        customer=customer,
        by=user_of(customer),
        name=" Maria Alvarez ",
        text_sha256=sha or text_to_accept(version, conditions).sha256,
        conditions=conditions,
        at=at,
    )


def test_the_exact_text_is_kept_with_who_and_when(version: TariffVersion, der: Der) -> None:
    agreement = accept(version, der, conditions="Approved with 5 kW of export.")
    assert agreement.text == f"{TERMS}\n\nApproved with 5 kW of export."
    assert agreement.text_sha256 == sha256(agreement.text.encode()).hexdigest()
    assert agreement.accepted_name == "Maria Alvarez"
    assert agreement.accepted_at == NOON
    assert current_agreement(der) == agreement
    assert agreement_by_mrid(agreement.mrid) == agreement


def test_without_conditions_the_text_is_the_terms(version: TariffVersion, der: Der) -> None:
    assert accept(version, der, sha=version.terms_sha256).text == TERMS


@pytest.mark.parametrize("seen", ["0" * 64, ""])
def test_a_text_the_customer_did_not_see_is_not_accepted(
    version: TariffVersion, der: Der, seen: str
) -> None:
    with pytest.raises(services.TextChanged, match="read it again"):
        accept(version, der, sha=seen or text_to_accept(version, "other conditions").sha256)
    assert current_agreement(der) is None


def test_conditions_that_changed_meanwhile_are_not_accepted(
    version: TariffVersion, der: Der
) -> None:
    with pytest.raises(services.TextChanged):
        accept(version, der, conditions="5 kW", sha=text_to_accept(version, "10 kW").sha256)


def test_a_stale_version_object_does_not_hide_a_change(version: TariffVersion, der: Der) -> None:
    TariffVersion.objects.filter(pk=version.pk).update(terms_text="1. Other.")
    with pytest.raises(services.TextChanged):
        accept(version, der)


def test_a_name_must_be_typed(version: TariffVersion, der: Der) -> None:
    customer = customer_of(der)
    with pytest.raises(services.AgreementRefused, match="full name"):
        services.accept_tariff(
            version=version,
            der=der,
            customer=customer,
            by=user_of(customer),
            name="  ",
            text_sha256=version.terms_sha256,
            at=NOON,
        )


def test_a_later_acceptance_supersedes_the_earlier(version: TariffVersion, der: Der) -> None:
    first = accept(version, der)
    second = accept(make_version("T-OTHER"), der, at=NOON + HOUR)
    first.refresh_from_db()
    assert first.superseded_at == NOON + HOUR
    assert current_agreement(der) == second
    assert list(agreements_of(der)) == [second, first]


def test_a_der_changes_tariff_only_when_the_new_one_is_activated(
    version: TariffVersion, der: Der
) -> None:
    first = accept(version, der)
    services.activate_agreement(der=der, at=NOON)
    second = accept(make_version("T-OTHER"), der, at=NOON + HOUR)
    assert agreement_on(der, NOON + 2 * HOUR) == first
    services.activate_agreement(der=der, at=NOON + 3 * HOUR)
    assert agreement_on(der, NOON - HOUR) is None
    assert agreement_on(der, NOON) == first
    assert agreement_on(der, NOON + 3 * HOUR - timedelta(microseconds=1)) == first
    assert agreement_on(der, NOON + 3 * HOUR) == second
    assert codes_held([der], NOON + HOUR) == {"T-HOME"}
    assert codes_held([der], NOON + 4 * HOUR) == {"T-OTHER"}


def test_activating_twice_changes_nothing(version: TariffVersion, der: Der) -> None:
    accept(version, der)
    services.activate_agreement(der=der, at=NOON)
    assert services.activate_agreement(der=der, at=NOON + HOUR).active_from == NOON


def test_there_must_be_something_to_activate_or_end(der: Der) -> None:
    with pytest.raises(services.NoAgreement):
        services.activate_agreement(der=der, at=NOON)
    with pytest.raises(services.NoAgreement):
        services.end_agreement(der=der, at=NOON)


def test_the_end_is_kept(version: TariffVersion, der: Der) -> None:
    agreement = accept(version, der)
    services.activate_agreement(der=der, at=NOON)
    services.end_agreement(der=der, at=NOON + HOUR)
    assert current_agreement(der) is None
    assert agreement_on(der, NOON) == agreement
    assert agreement_on(der, NOON + HOUR) is None


def test_an_agreement_that_never_was_active_lapses(version: TariffVersion, der: Der) -> None:
    (lapsed,) = services.end_agreement(der=accept(version, der).der, at=NOON + HOUR)
    lapsed.refresh_from_db()
    assert (lapsed.superseded_at, lapsed.active_from, lapsed.active_to) == (NOON + HOUR, None, None)


def test_an_agreement_cannot_end_before_it_began(version: TariffVersion, der: Der) -> None:
    accept(version, der)
    services.activate_agreement(der=der, at=NOON)
    with pytest.raises(services.AgreementRefused, match="after it began"):
        services.end_agreement(der=der, at=NOON)


def test_a_der_can_come_back_after_an_end(version: TariffVersion, der: Der) -> None:
    accept(version, der)
    services.activate_agreement(der=der, at=NOON)
    services.end_agreement(der=der, at=NOON + HOUR)
    again = accept(version, der, at=NOON + 2 * HOUR)
    services.activate_agreement(der=der, at=NOON + 2 * HOUR)
    assert agreement_on(der, NOON + 3 * HOUR) == again


def test_the_database_refuses_two_tariffs_at_one_time(version: TariffVersion, der: Der) -> None:
    first = accept(version, der)
    services.activate_agreement(der=der, at=NOON)
    services.end_agreement(der=der, at=NOON + 2 * HOUR)
    second = accept(version, der, at=NOON + 3 * HOUR)
    second.active_from, second.active_to = NOON + HOUR, NOON + 4 * HOUR
    with pytest.raises(IntegrityError, match="agreement_no_overlap"):
        second.save()
    assert first.pk != second.pk


def test_the_database_refuses_two_current_agreements(version: TariffVersion, der: Der) -> None:
    agreement = accept(version, der)
    with pytest.raises(IntegrityError, match="agreement_one_current"):
        CustomerAgreement.objects.create(**_copy(agreement))


def test_the_database_checks_the_hash(version: TariffVersion, der: Der) -> None:
    agreement = accept(version, der)
    with pytest.raises(IntegrityError, match="not the SHA-256 of the text"):
        CustomerAgreement.objects.create(**_copy(agreement) | {"text": "something else"})


def _copy(agreement: CustomerAgreement) -> dict[str, object]:
    names = (
        "tariff_version",
        "der",
        "customer",
        "accepted_by",
        "accepted_name",
        "accepted_at",
        "text",
        "text_sha256",
    )
    return {name: getattr(agreement, name) for name in names}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("text", "I owe you nothing."),
        ("accepted_name", "Somebody Else"),
        ("accepted_at", NOON + HOUR),
        ("active_from", NOON + HOUR),
        ("active_from", None),
    ],
)
def test_the_database_keeps_an_acceptance(
    version: TariffVersion, der: Der, column: str, value: object
) -> None:
    accept(version, der)
    services.activate_agreement(der=der, at=NOON)
    with pytest.raises(DatabaseError, match="cannot change: UPDATE refused"):
        CustomerAgreement.objects.filter(der=der).update(**{column: value})


def test_the_database_keeps_every_agreement(version: TariffVersion, der: Der) -> None:
    agreement = accept(version, der)
    with pytest.raises(DatabaseError, match="DELETE refused"):
        agreement.delete()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("terms_text", "1. Other."),
        ("rules", [{"rule": "requires_interval_meter"}]),
        ("pricing", {"dgrules": "Net Metering"}),
        ("facts", {"minimum_term_months": 240}),
        ("version", "2"),
        ("valid_from", NOON.date()),
        ("currency", "EUR"),
    ],
)
def test_the_database_keeps_an_accepted_version(
    version: TariffVersion, der: Der, column: str, value: object
) -> None:
    same = TariffVersion.objects.filter(pk=version.pk)
    with transaction.atomic():
        same.update(**{column: value})
        transaction.set_rollback(True)
    accept(version, der)
    with pytest.raises(DatabaseError, match="was accepted by customers and cannot change"):
        same.update(**{column: value})


def test_an_accepted_version_may_be_closed_once(version: TariffVersion, der: Der) -> None:
    accept(version, der)
    same = TariffVersion.objects.filter(pk=version.pk)
    same.update(valid_to=NOON.date())
    with pytest.raises(DatabaseError, match="cannot change"):
        same.update(valid_to=None)


def test_a_provider_may_change_and_the_agreement_stays(version: TariffVersion, der: Der) -> None:
    agreement = accept(version, der)
    Der.objects.filter(pk=der.pk).update(provider=None)
    assert current_agreement(der) == agreement


@pytest.mark.locking
@pytest.mark.django_db(transaction=True)
def test_of_many_acceptances_at_once_one_is_current() -> None:
    der, version = make_der(make_customer()), make_version(f"T-{make_user().pk}")

    def accept_once(hour: int) -> None:
        try:
            accept(version, Der.objects.get(pk=der.pk), at=NOON + hour * HOUR)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(accept_once, range(6)))
    agreements = CustomerAgreement.objects.filter(der=der)
    assert agreements.count() == 6
    assert agreements.filter(superseded_at__isnull=True).count() == 1
