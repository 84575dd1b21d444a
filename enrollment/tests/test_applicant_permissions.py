"""Who sees what: a stranger nothing, an ended consent nothing, staff their own pages."""

from uuid import uuid4

import pytest
from django.urls import reverse

from customers.services import give_consent, revoke_consent
from enrollment.selectors import ServiceRequest
from tests.people import EARLIER

PAGES = (
    "",
    "site/",
    "equipment/",
    "equipment/add/",
    "operation/",
    "tariff/",
    "diagram/",
    "check/",
    "submitted/",
    "withdraw/",
    "record.pdf",
    "agreement.pdf",
    "agreement/",
    "answer/",
    "installed/",
)
POSTS = ("submit/", "diagram/remove/", "withdraw/", "site/", "operation/", "equipment/add/")


@pytest.mark.parametrize("page", PAGES)
def test_a_foreign_application_looks_like_one_that_does_not_exist(client, journey, stranger, page):
    request = journey("filled")
    client.force_login(stranger)
    foreign = client.get(f"/applications/{request.reference}/{page}")
    absent = client.get(f"/applications/SR-2026-999999/{page}")
    assert foreign.status_code == absent.status_code == 404
    assert _without_reference(foreign) == _without_reference(absent)


def _without_reference(response):
    lines = response.content.decode().splitlines()
    return [line for line in lines if "csrfmiddlewaretoken" not in line]


@pytest.mark.parametrize("page", POSTS)
def test_nothing_can_be_done_to_a_foreign_application(client, journey, stranger, page):
    request = journey("filled")
    client.force_login(stranger)
    assert client.post(f"/applications/{request.reference}/{page}").status_code == 404
    assert ServiceRequest.objects.get(pk=request.pk).state == "draft"


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_ask_to_sign_in(client, journey, page):
    request = journey("filled")
    response = client.get(f"/applications/{request.reference}/{page}")
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_staff_use_their_own_pages(client, journey, susan):
    client.force_login(susan)
    assert client.get(f"/applications/{journey('filled').reference}/").status_code == 404


def test_an_installer_acts_with_consent_only(client, journey, ivan, maria, brightroof):
    address = f"/applications/{journey('filled').reference}/"
    client.force_login(ivan)
    assert client.get(address).status_code == 404
    give_consent(
        customer=maria.customer,
        provider=brightroof,
        may_accept_agreements=False,
        by=maria,
        at=EARLIER,
    )
    assert client.get(address).status_code == 200
    revoke_consent(customer=maria.customer, provider=brightroof, by=maria, at=EARLIER)
    assert client.get(address).status_code == 404


def test_the_customer_gives_and_ends_consent(client, maria, ivan, brightroof, journey):
    request = journey("draft")
    client.force_login(maria)
    given = client.post("/consents/", {"provider": brightroof.pk})
    assert given.status_code == 302
    client.force_login(ivan)
    assert client.get(f"/applications/{request.reference}/").status_code == 200
    client.force_login(maria)
    assert client.post(f"/consents/{brightroof.mrid}/end/").status_code == 302
    client.force_login(ivan)
    assert client.get(f"/applications/{request.reference}/").status_code == 404


def test_a_third_party_that_files_by_message_can_be_named_too(client, maria, gridpool):
    client.force_login(maria)
    assert "GridPool" in client.get("/consents/").content.decode()
    assert client.post("/consents/", {"provider": gridpool.pk}).status_code == 302
    assert maria.customer.consents.get(active_to=None).provider == gridpool


def test_ending_the_consent_of_an_unknown_company_is_not_found(client, maria):
    client.force_login(maria)
    assert client.post(f"/consents/{uuid4()}/end/").status_code == 404


def test_an_installer_has_no_consents_page(client, ivan):
    client.force_login(ivan)
    assert client.get("/consents/").status_code == 404
    assert client.get("/your-details/").status_code == 404


def test_an_installer_without_the_right_cannot_accept_a_tariff(client, journey, ivan, consent):
    request = journey("filled")
    before = request.tariff_version
    address = f"/applications/{request.reference}/tariff/{before.mrid}/"
    client.force_login(ivan)
    page = client.get(address)
    assert "Ask Maria Alvarez to accept" in page.content.decode()
    client.post(address, {"name": "I", "is_accepted": "on", "text_sha256": before.terms_sha256})
    assert request.der.agreements.get().accepted_name == "Maria Alvarez"


def test_an_installer_without_the_right_cannot_sign(client, journey, ivan, consent):
    request = journey("agreement_offered")
    client.force_login(ivan)
    address = f"/applications/{request.reference}/agreement/"
    client.post(address, {"name": "I", "is_accepted": "on", "text_sha256": "0" * 64})
    assert ServiceRequest.objects.get(pk=request.pk).state == "agreement_offered"


def test_an_installer_with_the_right_can_sign(client, journey, ivan, maria, brightroof):
    give_consent(
        customer=maria.customer,
        provider=brightroof,
        may_accept_agreements=True,
        by=maria,
        at=EARLIER,
    )
    request = journey("agreement_offered")
    client.force_login(ivan)
    address = f"/applications/{request.reference}/agreement/"
    shown = client.get(address).context["text"].sha256
    client.post(address, {"name": "Ivan Petrov", "is_accepted": "on", "text_sha256": shown})
    assert ServiceRequest.objects.get(pk=request.pk).state == "construction"


def test_papers_are_downloads_for_those_who_may_act(client, journey, maria, stranger):
    request = journey("filled")
    paper = request.attachments.get()
    address = f"/applications/{request.reference}/papers/{paper.mrid}/"
    client.force_login(maria)
    response = client.get(address)
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    assert response["Content-Disposition"] == 'attachment; filename="diagram.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    client.force_login(stranger)
    assert client.get(address).status_code == 404


def test_a_paper_of_another_application_is_not_found(client, journey, maria):
    one, other = journey("filled"), journey("draft")
    paper = one.attachments.get()
    client.force_login(maria)
    assert client.get(f"/applications/{other.reference}/papers/{paper.mrid}/").status_code == 404


def test_a_unit_of_another_application_is_not_found(client, journey, maria):
    one, other = journey("filled"), journey("filled")
    unit = one.der.units.get()
    client.force_login(maria)
    address = f"/applications/{other.reference}/equipment/{unit.mrid}/"
    assert client.get(address).status_code == 404
    assert client.post(f"{address}remove/").status_code == 404


def test_an_application_is_started_for_an_own_customer_only(client, ivan, consent, stranger):
    client.force_login(ivan)
    client.post(
        "/applications/start/", {"customer": stranger.customer.pk, "start_key": str(uuid4())}
    )
    assert not ServiceRequest.objects.exists()


def test_the_customer_sees_desks_and_no_staff_addresses(client, journey, maria):
    request = journey("held_for_upgrade")
    client.force_login(maria)
    page = client.get(f"/applications/{request.reference}/").content.decode()
    assert "Network operations" in page
    assert "@utility.example" not in page
    assert "Olivia" not in page
