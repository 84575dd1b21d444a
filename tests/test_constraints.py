"""What PostgreSQL itself refuses, whoever writes: a service with a bug, the admin, or psql.

Every statement here goes past the models. The same facts through the services give a sentence
(see the journeys); here it only matters that a bad row cannot exist.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from django_fsm import FSMField

from customers.selectors import User
from enrollment.models import ServiceRequest
from registry.selectors import BOUNDS, DerUnit, Equipment
from tariffs.models import CustomerAgreement
from workflow.models import StateChange
from workorders.models import WorkOrder

from .journey import Walk

pytestmark = pytest.mark.django_db
NOT_NUMBERS = ("NaN", "Infinity", "-Infinity")


def refuse(sql: str, *values: Any, by: str | None = None) -> None:
    """The statement must fail and, if given, name the rule that it breaks."""
    with pytest.raises(DatabaseError, match=by) as refused:
        _try(sql, values)
    assert refused.type is not ProgrammingError, "the statement itself is wrong"


@transaction.atomic
def _try(sql: str, values: tuple[Any, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def accept(sql: str, *values: Any) -> None:
    """The statement alone is fine: what is refused elsewhere is refused for its values."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        assert cursor.rowcount == 1


@pytest.fixture
def unit(journey: Walk) -> DerUnit:
    """The microinverters of a draft."""
    found: DerUnit = journey("filled").der.units.get()
    return found


@pytest.mark.parametrize("column", BOUNDS)
def test_a_nameplate_is_a_number_within_its_bounds(unit: DerUnit, column: str) -> None:
    low, high = BOUNDS[column].low, BOUNDS[column].high
    sql = f"UPDATE registry_derunit SET {column} = %s::numeric WHERE id = {unit.pk}"
    for value in (*NOT_NUMBERS, "-1", low - 1, "-0.001", high + 1, "1e12"):
        refuse(sql, value)


@pytest.mark.parametrize("column", BOUNDS)
def test_the_catalogue_holds_no_absurd_nameplate_either(reference_data: None, column: str) -> None:
    entry = Equipment.objects.earliest("id")
    sql = f"UPDATE registry_equipment SET {column} = %s::numeric WHERE id = {entry.pk}"
    for value in (*NOT_NUMBERS, "-1", BOUNDS[column].high + 1):
        refuse(sql, value)


def test_an_export_limit_is_a_number_within_bounds(unit: DerUnit) -> None:
    sql = f"UPDATE registry_der SET export_limit_w = %s::numeric WHERE id = {unit.der_id}"
    for value in (*NOT_NUMBERS, "-1", "100000001"):
        refuse(sql, value)
    accept(sql, "0")


def test_a_nameplate_is_consistent(unit: DerUnit) -> None:
    base = f"UPDATE registry_derunit SET {{}} WHERE id = {unit.pk}"
    refuse(
        base.format("apparent_power_max_rating_va = active_power_max_rating_w - 1"),
        by="unit_apparent_not_below_active",
    )
    refuse(
        base.format("ac_voltage_nominal_rating_v = 240, ac_voltage_minimum_rating_v = 240"),
        by="unit_voltage_order",
    )
    refuse(
        base.format("ac_voltage_nominal_rating_v = 240, ac_voltage_maximum_rating_v = 230"),
        by="unit_voltage_order",
    )
    refuse(base.format("quantity = 0"), by="unit_quantity_bounds")
    refuse(base.format("quantity = 1001"), by="unit_quantity_bounds")
    refuse(base.format("kind = 'perpetuum_mobile'"), by="unit_kind")


@pytest.mark.parametrize("kind", ["storage", "pv_storage"])
def test_a_battery_has_an_energy(unit: DerUnit, kind: str) -> None:
    sql = f"UPDATE registry_derunit SET kind = %s, energy_capacity_wh = %s WHERE id = {unit.pk}"
    refuse(sql, kind, None, by="unit_storage_has_energy")
    accept(sql, kind, 13_500)


def machines() -> Iterator[Any]:
    for model in apps.get_models():
        if any(isinstance(field, FSMField) for field in model._meta.get_fields()):
            yield model


@pytest.mark.parametrize("model", list(machines()), ids=lambda model: model.__name__)
def test_no_machine_is_in_a_state_outside_its_list(journey: Walk, model: Any) -> None:
    journey("permission_to_operate")
    journey("held_for_upgrade")
    row = model.objects.first()
    for state in ("", "approved", row.state.upper()):
        refuse(f"UPDATE {model._meta.db_table} SET state = %s WHERE id = %s", state, row.pk)


Change = Callable[..., None]


@pytest.fixture
def request_row(journey: Walk) -> tuple[ServiceRequest, Change]:
    """A request that waits for its agreement, and how to break it."""
    request = journey("agreement_offered")

    def broken(by: str, what: str, *values: Any) -> None:
        sql = f"UPDATE enrollment_servicerequest SET {what} WHERE id = {request.pk}"
        refuse(sql, *values, by=by)

    return request, broken


def test_one_person_cannot_decide_twice(
    request_row: tuple[ServiceRequest, Change], erik: User
) -> None:
    _, broken = request_row
    broken("request_four_eyes", "operations_by_id = %s", erik.pk)


def test_nobody_decides_on_what_they_sent(
    request_row: tuple[ServiceRequest, Change], maria: User
) -> None:
    _, broken = request_row
    broken("request_not_own_submission", "engineering_by_id = %s", maria.pk)
    broken("request_not_own_submission", "operations_by_id = %s", maria.pk)


def test_a_hold_names_its_upgrade(request_row: tuple[ServiceRequest, Change]) -> None:
    _, broken = request_row
    broken("request_hold_names_upgrade", "state = 'held_for_upgrade', held_for_id = NULL")


@pytest.mark.parametrize("missing", ["engineering_by_id", "operations_by_id", "operated_from"])
def test_permission_to_operate_was_decided(
    request_row: tuple[ServiceRequest, Change], missing: str
) -> None:
    _, broken = request_row
    given = "" if missing == "operated_from" else ", operated_from = now()"
    broken(
        "request_operation_was_decided",
        f"state = 'permission_to_operate'{given}, {missing} = NULL",
    )


@pytest.mark.parametrize("missing", ["submitted_at", "tariff_version_id"])
def test_only_a_complete_application_leaves_the_draft(
    request_row: tuple[ServiceRequest, Change], missing: str
) -> None:
    _, broken = request_row
    broken("request_submitted_is_complete", f"{missing} = NULL")


def copy_of(model: Any, pk: int, **changes: str) -> str:
    """SQL that inserts a row's copy with some columns changed and a new mRID."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    fresh = {"mrid": "gen_random_uuid()", **changes}
    values = ", ".join(fresh.get(column, column) for column in columns)
    table = model._meta.db_table
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE id = {pk}"
    )


def test_no_moment_has_two_agreements_for_one_der(journey: Walk) -> None:
    der = journey("permission_to_operate").der
    active = CustomerAgreement.objects.get(der=der, active_from__isnull=False)
    replaced = {"superseded_at": "now()"}
    refuse(
        copy_of(CustomerAgreement, active.pk, **replaced, active_from="active_from + '1 day'"),
        by="agreement_no_overlap",
    )
    refuse(
        copy_of(
            CustomerAgreement,
            active.pk,
            **replaced,
            active_from="active_from - interval '9 days'",
            active_to="active_from + interval '1 second'",
        ),
        by="agreement_no_overlap",
    )
    accept(
        copy_of(
            CustomerAgreement,
            active.pk,
            **replaced,
            active_from="active_from - interval '9 days'",
            active_to="active_from",
        )
    )


def test_a_der_has_one_current_agreement(journey: Walk) -> None:
    der = journey("agreement_offered").der
    current = CustomerAgreement.objects.get(der=der, superseded_at=None)
    refuse(copy_of(CustomerAgreement, current.pk), by="agreement_one_current")


def test_an_agreement_ends_after_it_began(journey: Walk) -> None:
    journey("permission_to_operate")
    refuse(
        "UPDATE tariffs_customeragreement SET active_to = active_from WHERE active_from NOTNULL",
        by="agreement_range",
    )


def test_an_accepted_tariff_version_never_changes(journey: Walk) -> None:
    version = journey("completeness_review").tariff_version
    for column in ("terms_text", "terms_sha256", "version"):
        sql = f"UPDATE tariffs_tariffversion SET {column} = 'x' WHERE id = %s"
        refuse(sql, version.pk)
    refuse("DELETE FROM tariffs_tariffversion WHERE id = %s", version.pk)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE workflow_statechange SET note = 'It was not me.'",
        "UPDATE workflow_statechange SET by_id = NULL",
        "DELETE FROM workflow_statechange",
        "TRUNCATE workflow_statechange",
        "TRUNCATE workflow_statechange CASCADE",
    ],
)
def test_the_record_of_state_changes_is_only_added_to(journey: Walk, sql: str) -> None:
    journey("engineering_review")
    before = list(StateChange.objects.values())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE does not wait for them
    refuse(sql, by="append-only")
    assert list(StateChange.objects.values()) == before


def test_what_a_customer_accepted_is_not_rewritten(journey: Walk) -> None:
    agreement = CustomerAgreement.objects.get(der=journey("engineering_review").der)
    for column in ("text", "text_sha256", "accepted_name"):
        refuse(f"UPDATE tariffs_customeragreement SET {column} = 'x' WHERE id = {agreement.pk}")
    refuse(f"DELETE FROM tariffs_customeragreement WHERE id = {agreement.pk}")


def test_a_screening_is_not_rewritten(journey: Walk) -> None:
    journey("completeness_review")
    refuse("UPDATE engineering_screening SET results = '[]'")
    refuse("DELETE FROM engineering_screening")


def test_a_request_has_one_running_clock(journey: Walk) -> None:
    clock = journey("engineering_review").clocks.get(stopped_at=None)
    refuse(copy_of(type(clock), clock.pk), by="clock_one_running")


def test_a_request_has_one_open_work_order(journey: Walk) -> None:
    journey("verification")
    order = WorkOrder.objects.get()
    refuse(copy_of(WorkOrder, order.pk, number="'WO-2'", visit="2"), by="work_order_one_open")
    refuse(
        copy_of(
            WorkOrder, order.pk, number="'WO-2'", state="'passed'", finished_at="now()", visit="2"
        ),
        by="work_order_finished_by",
    )


def test_an_order_is_finished_by_somebody(journey: Walk) -> None:
    journey("verification")
    refuse("UPDATE workorders_workorder SET state = 'passed'", by="work_order_finished_by")


def test_a_der_in_service_has_its_beginning(journey: Walk) -> None:
    journey("verification")
    refuse("UPDATE registry_der SET state = 'active'", by="der_active_has_start")


def test_one_der_belongs_to_one_request(journey: Walk) -> None:
    first, second = journey("engineering_review"), journey("engineering_review")
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceRequest.objects.filter(pk=second.pk).update(der=first.der)


def test_what_has_a_history_is_not_deleted(journey: Walk, maria: User) -> None:
    request = journey("permission_to_operate")
    for table, pk in (
        ("customers_user", maria.pk),
        ("customers_customer", request.customer_id),
        ("registry_der", request.der_id),
        ("enrollment_procedure", request.procedure_id),
    ):
        refuse(f"DELETE FROM {table} WHERE id = %s", pk)
