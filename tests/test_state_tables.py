"""The state tables of the smaller machines: every edge, and no other."""

from typing import Any

import pytest
from django_fsm import FSMField

from derportal.states import edges, machines
from engineering.models import NetworkUpgrade
from registry.models import Der
from workorders.models import WorkOrder

AUTOMATIC, CREW = "derportal itself", "workorders.verify_installation"
TABLES: dict[Any, set[tuple[str, str, str, str]]] = {
    Der: {
        ("proposed", "active", "activate", AUTOMATIC),
        ("proposed", "canceled", "cancel", AUTOMATIC),
        ("active", "decommissioned", "decommission", AUTOMATIC),
    },
    WorkOrder: {
        ("issued", "passed", "record_passed", CREW),
        ("issued", "failed", "record_failed", CREW),
        ("issued", "canceled", "cancel", AUTOMATIC),
    },
    NetworkUpgrade: {
        ("planned", "planned", "plan", "engineering.add_networkupgrade"),
        ("planned", "planned", "change", "engineering.change_networkupgrade"),
        ("planned", "completed", "complete", "engineering.lift_networkupgrade"),
    },
}


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_the_machine_is_exactly_the_table(model: Any) -> None:
    field = model._meta.get_field("state")
    assert isinstance(field, FSMField)
    assert set(edges(model, field)) == TABLES[model]


def test_every_machine_has_a_table() -> None:
    tested = {*TABLES, "ServiceRequest"}  # the request's is in enrollment/tests/test_states.py
    assert {model.__name__ for model, _ in machines()} == {
        getattr(model, "__name__", model) for model in tested
    }


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_the_database_knows_every_state(model: Any) -> None:
    named = [c for c in model._meta.constraints if c.name and c.name.endswith("_state")]
    assert set(model.State.values) == set(dict(named[0].condition.children)["state__in"])
