"""The test database: reference data are loaded once and stay; everything else is cleared.

Append-only tables refuse TRUNCATE, so Django's own flush cannot be used after browser tests.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase, override_settings

from derportal.reference import load_reference_data
from derportal.roles import setup_roles
from registry.services import import_network

NETWORK = settings.BASE_DIR / "registry" / "data" / "network"
KEPT = {
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "customers_customeraccount",
    "customers_servicelocation",
    "customers_usagepoint",
    "django_content_type",
    "django_migrations",
    "enrollment_procedure",
    "registry_equipment",
    "registry_feeder",
    "registry_networkconnection",
    "registry_substation",
    "registry_transformer",
    "tariffs_tariff",
    "tariffs_tariffversion",
}


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Half a second for each password is right in production only."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Create the test database with roles, equipment, tariffs, procedures and the network."""
    with django_db_blocker.unblock():
        load_everything()
    TransactionTestCase._fixture_teardown = forget_the_rest  # type: ignore[attr-defined]


@pytest.fixture
def reference_data(db: None) -> None:
    """Certified equipment, tariff book, procedures and the network are in the database."""


def load_everything() -> None:
    """Roles and reference data, committed, once for each test database."""
    setup_roles()
    list(load_reference_data())
    import_network(folder=NETWORK)


def forget_the_rest(_: Any = None) -> None:
    """Delete every row but the reference data. Foreign keys are checked at the end."""
    tables = [name for name in connection.introspection.table_names() if name not in KEPT]
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        cursor.execute("UPDATE customers_customeraccount SET customer_id = NULL")
        cursor.execute("UPDATE customers_servicelocation SET customer_id = NULL")
        for table in tables:
            cursor.execute(f'DELETE FROM "{table}"')
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
