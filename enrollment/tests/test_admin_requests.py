"""The back office: stock admin pages, and decisions that ask the services."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import User
from enrollment.models import ServiceRequest
from enrollment.states import State
from enrollment.views.staff.acts import ACTS
from enrollment.views.staff.review import seen_of
from tests.factories import make_user
from workflow.models import StateChange

pytestmark = pytest.mark.django_db
DESK_STATES = ["completeness_review", "engineering_review", "operations_review"]
LIST = "/admin/enrollment/servicerequest/"
OURS = ("enrollment", "registry", "customers", "workorders", "workflow", "engineering")


def act_path(wanted, name):
    return reverse("admin:enrollment_servicerequest_act", args=[wanted.pk, name])


def post(client, wanted, name, /, **fields):
    data = {f"{name}-{key}": value for key, value in {"seen": seen_of(wanted), **fields}.items()}
    return client.post(act_path(wanted, name), data)


def filled():
    return {
        "reason": "Because",
        "problem_site": "Wrong",
        "upgrade": "new",
        "name": "New line",
        "expected_on": "2027-05-01",
    }


@pytest.fixture
def clerk(db):
    """Staff who may look at requests in the admin and nothing else."""
    user = make_user("clerk@utility.example", "Cleo Clerk")
    user.is_staff = True
    user.save()
    codes = ("view_servicerequest", "change_servicerequest")
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    return user


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root@utility.example", "x")


@pytest.mark.parametrize("one", ACTS, ids=lambda one: one.name)
@pytest.mark.parametrize("state", DESK_STATES)
def test_a_forged_post_without_permission_changes_nothing(client, journey, clerk, one, state):
    wanted = journey(state)
    before = StateChange.objects.count()
    client.force_login(clerk)
    response = post(client, wanted, one.name, **filled())
    assert response.status_code in (400, 403, 409)
    after = ServiceRequest.objects.get(pk=wanted.pk)
    assert (after.state, after.communication_proven_at) == (state, None)
    assert StateChange.objects.count() == before


@pytest.mark.parametrize("field", ["_fsm_transition_to", "state", "_save"])
def test_the_change_page_takes_no_state(client, journey, root, field):
    wanted = journey("engineering_review")
    client.force_login(root)
    client.post(f"{LIST}{wanted.pk}/change/", {field: "approve_engineering", "state": "declined"})
    assert ServiceRequest.objects.get(pk=wanted.pk).state == State.ENGINEERING_REVIEW


def test_an_engineer_decides_with_a_reason(client, journey, erik):
    wanted = journey("engineering_review")
    client.force_login(erik)
    page = client.get(f"{LIST}{wanted.pk}/change/").content.decode()
    assert act_path(wanted, "approve-engineering") in page
    assert act_path(wanted, "approve-operations") not in page
    assert b"Reason" in client.get(act_path(wanted, "approve-engineering")).content
    assert post(client, wanted, "approve-engineering", reason=" ").status_code == 400
    assert post(client, wanted, "approve-engineering", reason="Fine").status_code == 302
    after = ServiceRequest.objects.get(pk=wanted.pk)
    assert (after.state, after.engineering_by) == (State.OPERATIONS_REVIEW, erik)


def test_a_page_that_is_out_of_date_decides_nothing(client, journey, erik):
    wanted = journey("engineering_review")
    client.force_login(erik)
    data = {
        "approve-engineering-seen": "completeness_review:1",
        "approve-engineering-reason": "Fine",
    }
    assert client.post(act_path(wanted, "approve-engineering"), data).status_code == 409
    assert ServiceRequest.objects.get(pk=wanted.pk).state == State.ENGINEERING_REVIEW


def test_the_record_shows_its_history_and_no_input_for_the_state(client, journey, erik):
    wanted = journey("operations_review")
    client.force_login(erik)
    page = client.get(f"{LIST}{wanted.pk}/change/").content.decode()
    assert "Approved for Engineering" in page
    assert 'name="state"' not in page


@pytest.mark.parametrize("person", ["maria", "tara"])
def test_customers_have_no_admin(request, client, person):
    client.force_login(request.getfixturevalue(person))
    assert client.get(LIST).status_code == 302


def test_no_password_hash_is_shown(client, root, maria):
    client.force_login(root)
    page = client.get(f"/admin/customers/user/{maria.pk}/change/").content.decode()
    assert maria.password not in page
    assert "pbkdf2" not in page
    assert "argon2" not in page


@pytest.mark.parametrize(
    "model",
    [model for model in admin.site._registry if model._meta.app_label in OURS],
    ids=lambda model: model.__name__,
)
def test_every_list_opens_with_a_fixed_number_of_reads(client, journey, root, stranger, model):
    journey("verification")
    client.force_login(root)
    path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    client.get(path)
    with CaptureQueriesContext(connection) as few:
        assert client.get(path, {"q": "x"}).status_code == 200
    with CaptureQueriesContext(connection) as few:
        assert client.get(path).status_code == 200
    journey("verification", applicant=stranger)
    with CaptureQueriesContext(connection) as more:
        client.get(path)
    assert len(more) <= len(few) + 1
    assert len(few) <= 25


@pytest.mark.parametrize(
    "model",
    [model for model in admin.site._registry if model._meta.app_label in OURS],
    ids=lambda model: model.__name__,
)
def test_every_record_opens_and_none_of_ours_is_deleted(client, journey, root, model):
    journey("verification")
    client.force_login(root)
    row = model._default_manager.first()
    if row is None:
        pytest.skip("no row of this model in the journey")
    base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert client.get(reverse(f"{base}_change", args=[row.pk])).status_code == 200
    assert client.post(reverse(f"{base}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()
