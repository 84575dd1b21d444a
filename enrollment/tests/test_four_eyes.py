"""Nobody acts for the utility on their own application, house or visit; procedures stay usable."""

import json
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from customers.models import Customer, User
from engineering.selectors import screen_sets
from enrollment import services
from enrollment.models import Procedure, ServiceRequest
from enrollment.services import Visit
from enrollment.services.imports import DATA
from enrollment.states import State
from enrollment.views.staff.acts import act_named, reasons_against
from tariffs.models import TariffVersion
from tests.people import EARLIER
from workflow.services import TransitionRefused
from workorders.selectors import work_orders_of

pytestmark = pytest.mark.django_db


def confirm(request, by):
    return services.confirm_complete(request=request, note="", by=by, at=EARLIER)


def decline(request, by):
    return services.decline(request=request, reason="No.", by=by, at=EARLIER)


@pytest.mark.parametrize(("act", "name"), [(confirm, "confirm-complete"), (decline, "decline")])
def test_support_does_not_review_what_it_sent(journey, susan, act, name):
    wanted = journey("completeness_review")
    ServiceRequest.objects.filter(pk=wanted.pk).update(submitted_by=susan)
    wanted.refresh_from_db(fields=["submitted_by"])
    with pytest.raises(PermissionDenied, match="You sent this application"):
        act(wanted, susan)
    assert reasons_against(act_named(name), wanted, susan)
    assert ServiceRequest.objects.get(pk=wanted.pk).state == State.COMPLETENESS_REVIEW


@pytest.mark.parametrize("act", [confirm, decline])
def test_support_does_not_review_its_own_home(journey, susan, act):
    wanted = journey("completeness_review")
    Customer.objects.filter(pk=wanted.customer_id).update(user=susan)
    with pytest.raises(PermissionDenied, match="your own application"):
        act(ServiceRequest.objects.get(pk=wanted.pk), susan)


@pytest.mark.parametrize("act", [services.pass_visit, services.fail_visit])
def test_a_crew_does_not_verify_its_own_home(journey, frank, act):
    wanted = journey("verification")
    Customer.objects.filter(pk=wanted.customer_id).update(user=frank)
    order = work_orders_of(wanted.mrid)[0]
    with pytest.raises(PermissionDenied, match="your own service location"):
        act(order=order, visit=Visit(findings=[]), note="x", by=frank, at=EARLIER)
    assert ServiceRequest.objects.get(pk=wanted.pk).state == State.VERIFICATION


def test_a_crew_at_its_own_home_reads_why_there_is_no_form(client, journey, frank):
    wanted = journey("verification")
    Customer.objects.filter(pk=wanted.customer_id).update(user=frank)
    order = work_orders_of(wanted.mrid)[0]
    client.force_login(frank)
    path = reverse("enrollment:work-order", args=[order.number])
    for answer in (client.get(path), client.post(path, {"outcome": "save"})):
        page = answer.content.decode()
        assert "This is your own service location; somebody else must verify it." in page
        assert 'name="outcome"' not in page
    assert answer.status_code == 403


def test_a_tariff_that_closed_meanwhile_is_not_applied_for(journey, maria):
    TariffVersion.objects.filter(tariff__code="CA-NBT").update(valid_to=date(2026, 12, 31))
    draft = journey("filled")
    assert draft.accepted_version.tariff.code == "CA-NBT"
    later = datetime(2027, 1, 5, tzinfo=UTC)
    with pytest.raises(TransitionRefused, match="does not take applications now"):
        services.submit_application(request=draft, by=maria, at=later)
    assert ServiceRequest.objects.get(pk=draft.pk).state == State.DRAFT


@pytest.fixture
def root(client):
    root = User.objects.create_superuser("root@utility.example", "x")
    client.force_login(root)
    return root


def test_the_default_moves_to_another_procedure_also_while_the_old_is_followed(
    client, journey, root
):
    journey("draft")
    old = Procedure.objects.get(is_default=True)
    new = Procedure.objects.exclude(pk=old.pk).first()
    chosen = {"action": "make_default", "_selected_action": new.pk}
    assert client.post(reverse("admin:enrollment_procedure_changelist"), chosen).status_code == 302
    assert Procedure.objects.get(is_default=True) == new


def test_who_may_not_change_procedures_does_not_move_the_default(journey, ada):
    journey("draft")
    other = Procedure.objects.filter(is_default=False).first()
    with pytest.raises(PermissionDenied, match="may not change procedures"):
        services.make_default_procedure(procedure=other, by=ada)


def test_an_import_of_a_procedure_with_unknown_screens_saves_nothing(reference_data, tmp_path):
    book = json.loads((DATA / "procedures.json").read_text(encoding="utf-8"))
    for number, entry in enumerate(book["procedures"]):
        entry["code"] = f"NEW-{number}"
    book["procedures"][-1]["screens"] = "NO-SUCH"
    path = tmp_path / "procedures.json"
    path.write_text(json.dumps(book), encoding="utf-8")
    with pytest.raises(ValidationError) as refused:
        services.import_procedures(path=path, default="NEW-0")
    [rule] = refused.value.message_dict["screen_set"]
    assert rule.startswith("There are no screens “NO-SUCH”. Known: ")
    assert all(name in rule for name in screen_sets())
    assert not Procedure.objects.filter(code__startswith="NEW-").exists()


def test_a_procedure_names_only_screens_that_exist(client, journey, root):
    journey("draft")
    page = client.post(reverse("admin:enrollment_procedure_add"), {"screen_set": "NO-SUCH"})
    assert "screen_set" in page.context["adminform"].form.errors
    known = dict(page.context["adminform"].form.fields["screen_set"].choices)
    assert {row.screen_set for row in Procedure.objects.all()} <= set(known)
