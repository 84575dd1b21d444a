"""A protocol is stored as a code; DERMS, tariffs and people read the name of its standard."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from registry.selectors import CommunicationProtocol, Der
from registry.services import set_operation
from tests.journey import Walk

pytestmark = pytest.mark.django_db


def migrate(to: str) -> None:
    """The registry's tables as they were or are; the test's transaction takes it back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    MigrationExecutor(connection).migrate([("registry", to)])


def stored(der: Der) -> Any:
    return Der.objects.values_list("communication_protocol", flat=True).get(pk=der.pk)


def test_the_names_that_derms_read_are_those_of_before() -> None:
    assert dict(CommunicationProtocol.choices) == {
        "ieee_2030_5": "IEEE 2030.5",
        "csip_aus": "CSIP-AUS",
        "sunspec_modbus": "SunSpec Modbus",
        "dnp3": "DNP3",
    }


def test_old_rows_become_codes_and_can_go_back(journey: Walk) -> None:
    der = journey("filled").der
    assert stored(der) == "ieee_2030_5"
    migrate("0002_search_words")
    assert stored(der) == "IEEE 2030.5"
    migrate("0003_communication_protocol_codes")
    assert stored(der) == "ieee_2030_5"


def test_a_name_that_was_never_offered_stops_the_migration_and_is_named(journey: Walk) -> None:
    der = journey("filled").der
    migrate("0002_search_words")
    Der.objects.filter(pk=der.pk).update(communication_protocol="Smoke signals")
    with pytest.raises(ValueError, match=f"communication_protocol of DER {der.mrid} is none of"):
        migrate("0003_communication_protocol_codes")


def test_an_unknown_protocol_is_refused_by_name(journey: Walk) -> None:
    der = journey("filled").der
    with pytest.raises(ValidationError) as refused:
        set_operation(
            der=der, export_limit_w=None, communication_protocol="IEEE 2030.5", provider=None
        )
    assert set(refused.value.message_dict) == {"communication_protocol"}
