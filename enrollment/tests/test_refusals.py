"""What the services refuse, whoever calls them: each rule in its own words, nothing changed."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from customers.selectors import usage_points_of
from customers.services import revoke_consent
from engineering.services import plan_network_upgrade
from enrollment import services
from enrollment.guards import blockers
from enrollment.selectors import ServiceRequest
from registry.selectors import Feeder, search_equipment
from tariffs.selectors import TariffVersion, text_to_accept
from tests.factories import link_point
from tests.people import EARLIER
from workorders.selectors import work_orders_of
from workorders.services import Finding

pytestmark = pytest.mark.django_db


def rows(request):
    return ServiceRequest.objects.filter(pk=request.pk).values().get()


@pytest.fixture
def draft(journey):
    return journey("draft")


def test_a_service_point_of_somebody_else_is_no_choice(draft, maria, stranger):
    theirs = usage_points_of(stranger.customer).first()
    with pytest.raises(ValidationError, match="one of your own service points"):
        services.choose_site(request=draft, usage_point=theirs, by=maria)
    assert ServiceRequest.objects.get(pk=draft.pk).der is None


def test_another_own_service_point_moves_the_proposal(journey, maria):
    from_first = journey("filled")
    first = from_first.der.usage_point
    link_point(maria.customer, "SP-00077")
    second = usage_points_of(maria.customer).exclude(pk=first.pk).get()
    moved = services.choose_site(request=from_first, usage_point=second, by=maria)
    assert (moved.der_id, moved.der.usage_point) == (from_first.der_id, second)


def test_equipment_and_operation_come_after_the_site(draft, maria):
    with pytest.raises(ValidationError, match="Choose the service point first"):
        services.add_equipment(
            request=draft, equipment=search_equipment("ABB")[0], kind="pv", quantity=1, by=maria
        )
    with pytest.raises(ValidationError, match="Choose the service point first"):
        services.describe_operation(
            request=draft,
            export_limit_w=None,
            communication_protocol="",
            provider=None,
            wanted_on=date(2027, 3, 1),
            notes="",
            by=maria,
        )


def accept(request, version, by):
    return services.accept_tariff(
        request=request,
        version=version,
        name=str(by),
        text_sha256=text_to_accept(version).sha256,
        by=by,
        at=EARLIER,
    )


def test_a_tariff_is_accepted_by_the_customer_for_known_equipment(draft, maria, ivan, consent):
    version = TariffVersion.objects.filter(tariff__code="CA-NBT").latest("valid_from")
    with pytest.raises(ValidationError, match="Add your equipment first"):
        accept(draft, version, maria)
    with pytest.raises(PermissionDenied, match="Only the customer"):
        accept(draft, version, ivan)
    assert ServiceRequest.objects.get(pk=draft.pk).tariff_version is None


def test_equipment_of_another_application_is_out_of_reach(journey, maria, stranger):
    mine, theirs = journey("filled"), journey("filled", applicant=stranger)
    unit = theirs.der.units.get()
    with pytest.raises(PermissionDenied, match="another application"):
        services.remove_equipment(request=mine, unit=unit, by=maria)
    assert theirs.der.units.get() == unit


def test_a_key_of_somebody_elses_draft_opens_nothing(draft, stranger):
    with pytest.raises(PermissionDenied, match="another customer"):
        services.start_application(
            customer=stranger.customer, start_key=draft.start_key, by=stranger, at=EARLIER
        )


def test_only_a_request_under_review_is_claimed_and_only_by_a_desk(journey, erik, frank):
    with pytest.raises(ValidationError, match="under review"):
        services.claim_request(request=journey("agreement_offered"), by=erik)
    with pytest.raises(PermissionDenied, match="who decide"):
        services.claim_request(request=journey("engineering_review"), by=frank)


def test_a_question_without_a_problem_is_no_question(journey, susan):
    request = journey("completeness_review")
    before = rows(request)
    with pytest.raises(ValidationError, match="at least one thing"):
        services.request_information(request=request, problems={}, note="?", by=susan, at=EARLIER)
    assert rows(request) == before


def test_a_request_is_not_held_for_work_on_another_feeder(journey, olivia):
    request = journey("operations_review")
    own = request.der.usage_point.network_connection.transformer.feeder
    upgrade = plan_network_upgrade(
        name="New cable",
        description="A second cable.",
        feeder_mrid=Feeder.objects.exclude(pk=own.pk).first().mrid,
        expected_on=date(2027, 4, 30),
        cost_estimate=Decimal(1),
        currency="USD",
        by=olivia,
        at=EARLIER,
    )
    with pytest.raises(ValidationError, match="feeder that serves the site"):
        services.hold_for_network_upgrade(
            request=request, upgrade=upgrade, reason="Overload.", by=olivia, at=EARLIER
        )
    assert ServiceRequest.objects.get(pk=request.pk).held_for is None


def test_without_a_known_feeder_nothing_is_held_and_operations_cannot_approve(journey, olivia):
    request = journey("operations_review")
    feeder = request.der.usage_point.network_connection.transformer.feeder
    request.der.usage_point.network_connection.delete()
    upgrade = plan_network_upgrade(
        name="New cable",
        description="A second cable.",
        feeder_mrid=feeder.mrid,
        expected_on=date(2027, 4, 30),
        cost_estimate=Decimal(1),
        currency="USD",
        by=olivia,
        at=EARLIER,
    )
    fresh = ServiceRequest.objects.get(pk=request.pk)
    with pytest.raises(ValidationError, match="not known"):
        services.hold_for_network_upgrade(
            request=fresh, upgrade=upgrade, reason="Overload.", by=olivia, at=EARLIER
        )
    assert "The transformer and feeder that serve this site are not known yet." in blockers(
        fresh, "approve_operations"
    )


def test_a_communication_test_is_recorded_once_and_by_those_who_may(journey, erik, frank):
    request = journey("verification")
    with pytest.raises(PermissionDenied, match="Customer Support and Engineering"):
        services.record_communication_test(request=request, note="ok", by=frank, at=EARLIER)
    services.record_communication_test(request=request, note="ok", by=erik, at=EARLIER)
    with pytest.raises(ValidationError, match="recorded already"):
        services.record_communication_test(request=request, note="again", by=erik, at=EARLIER)
    assert ServiceRequest.objects.get(pk=request.pk).communication_note == "ok"


def test_serial_numbers_belong_to_equipment_of_the_installation(journey, erik, frank):
    request = journey("verification")
    services.record_communication_test(request=request, note="ok", by=erik, at=EARLIER)
    order = work_orders_of(request.mrid)[0]
    with pytest.raises(ValidationError, match="not part of the installation"):
        services.pass_verification(
            order=order,
            findings=[Finding(item.pk, "pass", "") for item in order.items.all()],
            serial_numbers={10**9: "X-1"},
            note="",
            by=frank,
            at=EARLIER,
        )
    assert ServiceRequest.objects.get(pk=request.pk).state == "verification"


def test_permission_for_an_installer_ends_only_by_the_customer(
    consent, maria, stranger, brightroof
):
    with pytest.raises(ValidationError, match="Only the customer"):
        revoke_consent(customer=maria.customer, provider=brightroof, by=stranger, at=EARLIER)
    assert maria.customer.consents.get().active_to is None
