"""A customer with a DER, and a small tariff, for the tests of this room."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from customers.models import Customer, ServiceLocation, UsagePoint, User
from registry.models import Der
from tariffs.models import Tariff, TariffVersion
from tariffs.rules import ApplicationFacts
from tariffs.texts import sha256_of

NOON = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
TERMS = "1. You may export up to 10 kW.\n2. We may read your meter.\nLast line."

HOME = ApplicationFacts(
    customer_kind="residential",
    technologies=frozenset({"pv"}),
    active_power_w=Decimal(7600),
    all_units_certified=True,
    has_interval_meter=True,
    communication_protocol="IEEE 2030.5",
)


def home(**facts: Any) -> ApplicationFacts:
    """A house with 7.6 kW of certified solar, but for the named facts."""
    return replace(HOME, **facts)


def make_user() -> User:
    """A person."""
    return User.objects.create_user(f"{uuid4().hex[:12]}@customer.example", "a long password")


def user_of(customer: Customer) -> User:
    """Who signs in as the customer."""
    assert customer.user is not None
    return customer.user


def customer_of(der: Der) -> Customer:
    """Whose place the DER is at."""
    customer = der.usage_point.service_location.customer
    assert customer is not None
    return customer


def make_customer(name: str = "Maria Alvarez") -> Customer:
    """A customer who can sign in."""
    return Customer.objects.create(user=make_user(), name=name, email="maria@customer.example")


def make_der(customer: Customer) -> Der:
    """A DER behind a service point of the customer."""
    place = ServiceLocation.objects.create(customer=customer, address="12 Elm St", town="Fairview")
    point = UsagePoint.objects.create(
        name=f"T-{uuid4().hex[:12]}",
        service_location=place,
        phase_code="s12",
        nominal_service_voltage_v=240,
        rated_current_a=200,
    )
    return Der.objects.create(usage_point=point)


def make_version(code: str = "T-HOME", version: str = "1", **fields: Any) -> TariffVersion:
    """A version with two clauses and no rules, but for the named fields."""
    tariff, _ = Tariff.objects.get_or_create(
        code=code, defaults={"title": f"Tariff {code}", "utility": "Fairview Power", "summary": ""}
    )
    terms = fields.pop("terms_text", TERMS)
    return TariffVersion.objects.create(
        tariff=tariff,
        version=version,
        currency=fields.pop("currency", "USD"),
        terms_text=terms,
        terms_sha256=sha256_of(terms),
        **fields,
    )
