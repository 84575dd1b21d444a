"""Facts of a house on a feeder, and a feeder, for the tests of this room."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Permission

from customers.models import User
from engineering.models import NetworkUpgrade
from engineering.screens import ScreenFacts
from engineering.services import plan_network_upgrade
from registry.models import Feeder, Substation

NOON = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)

HOME = ScreenFacts(
    der_apparent_power_va=Decimal(7600),
    der_active_power_w=Decimal(7600),
    is_certified=True,
    has_inverter=True,
    phase_code="s12",
    nominal_service_voltage_v=240,
    rated_current_a=200,
    transformer_rating_va=25_000,
    aggregate_on_transformer_va=Decimal(5_000),
    feeder_peak_load_w=5_000_000,
    feeder_minimum_load_w=1_500_000,
    aggregate_on_feeder_w=Decimal(300_000),
    aggregate_on_feeder_va=Decimal(300_000),
    max_fault_current_a=5_000,
    feeder_nominal_voltage_v=12_470,
    tariff_code="CA-NBT",
)


def home(**facts: Any) -> ScreenFacts:
    """A house with 7.6 kVA of solar on a 12.47 kV feeder, but for the named facts."""
    return replace(HOME, **facts)


def make_user(*permissions: str) -> User:
    """A person with some permissions of this room."""
    user = User.objects.create_user(f"{uuid4().hex[:12]}@utility.example", "a long password")
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="engineering", codename__in=permissions)
    )
    return user


def make_engineer() -> User:
    """Somebody who may plan, change and complete upgrades."""
    return make_user("add_networkupgrade", "change_networkupgrade", "lift_networkupgrade")


def make_feeder() -> Feeder:
    """A feeder of its own substation."""
    name = uuid4().hex[:12]
    substation = Substation.objects.create(name=f"T-{name}", nominal_voltage_v=115_000)
    return Feeder.objects.create(
        substation=substation,
        name=f"T-{name}-1",
        nominal_voltage_v=12_470,
        peak_load_w=5_000_000,
        minimum_load_w=1_500_000,
        max_fault_current_a=5_000,
    )


def make_upgrade(by: User, **fields: Any) -> NetworkUpgrade:
    """A planned upgrade."""
    planned: dict[str, Any] = {
        "name": f"New transformer {uuid4().hex[:8]}",
        "description": "50 kVA instead of 25 kVA",
        "expected_on": date(2027, 3, 1),
        "cost_estimate": Decimal("42000.00"),
        "currency": "USD",
    } | fields
    feeder_mrid = planned.pop("feeder_mrid", None) or make_feeder().mrid
    return plan_network_upgrade(**planned, feeder_mrid=feeder_mrid, by=by, at=NOON)
