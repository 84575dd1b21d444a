"""The staff queue: who sees it, what it lists, how it is counted, exported and claimed."""

import csv
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer
from enrollment import services
from enrollment.models import Procedure, ServiceRequest, StageClock
from enrollment.states import State
from enrollment.views.staff.export import safe
from registry.models import Der, DerUnit
from registry.selectors import totals_of
from tests.people import EARLIER

pytestmark = pytest.mark.django_db
QUEUE = "/queue/"


@pytest.fixture
def page(client):
    def get(user, path=QUEUE, **query):
        client.force_login(user)
        return client.get(path, query)

    return get


def many_requests(journey, count, state="engineering_review"):
    """Rows made in bulk: ``count`` requests beside the journey's own."""
    first = journey(state)
    ders = Der.objects.bulk_create(Der(usage_point=first.der.usage_point) for _ in range(count))
    DerUnit.objects.bulk_create(
        DerUnit(der=der, kind="pv", manufacturer="Alder", model="M", active_power_max_rating_w=5000)
        for der in ders
    )
    template = ServiceRequest.objects.get(pk=first.pk)
    rows = [
        ServiceRequest(
            reference=f"SR-2026-9{number:05d}",
            start_key=uuid4(),
            customer=template.customer,
            der=der,
            procedure=template.procedure,
            started_by=template.started_by,
            tariff_version=template.tariff_version,
            state=state,
            created_at=EARLIER,
            submitted_at=EARLIER,
            submitted_by=template.submitted_by,
        )
        for number, der in enumerate(ders)
    ]
    made = ServiceRequest.objects.bulk_create(rows)
    StageClock.objects.bulk_create(
        StageClock(
            service_request=row,
            state=state,
            owner="utility",
            days_allowed=10,
            started_at=EARLIER,
            due_on=(EARLIER + timedelta(days=number % 30)).date() if number % 7 else None,
        )
        for number, row in enumerate(made)
    )
    return first


def references(response):
    return [row.request.reference for row in response.context["rows"]]


def test_an_anonymous_visitor_signs_in_first(client, db):
    response = client.get(QUEUE)
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("person", ["maria", "ivan", "tara", "frank"])
def test_who_may_not_see_all_requests_finds_no_queue(request, page, person):
    assert page(request.getfixturevalue(person)).status_code == 404


@pytest.mark.parametrize(
    ("person", "tab"),
    [("susan", "completeness"), ("erik", "engineering"), ("olivia", "operations"), ("ada", "all")],
)
def test_each_role_starts_at_its_own_desk(request, page, person, tab):
    assert page(request.getfixturevalue(person)).context["wanted"].tab == tab


def test_the_tabs_count_what_lies_at_each_desk(page, journey, erik, susan):
    journey("engineering_review")
    context = page(erik).context
    counted = {tab["label"]: tab["count"] for tab in context["tabs"]}
    assert counted == {
        "Mine": 0,
        "Completeness": 0,
        "Engineering": 1,
        "Operations": 0,
        "Held": 0,
        "Verification": 0,
        "All": 1,
    }


def test_a_search_by_two_words_finds_one_row_once(page, journey, erik):
    wanted = journey("engineering_review")
    DerUnit.objects.create(
        der=wanted.der,
        kind="pv",
        manufacturer="B",
        model="C",
        active_power_max_rating_w=1,
        serial_numbers="XY-77",
    )
    assert references(page(erik, q=f"maria {wanted.reference}")) == [wanted.reference]
    assert references(page(erik, q="xy-77")) == [wanted.reference]
    assert references(page(erik, q="nobody-of-this-name")) == []


def test_each_filter_of_the_url_narrows_the_list_and_has_a_chip(page, journey, erik):
    wanted = journey("engineering_review")
    feeder = wanted.der.usage_point.network_connection.transformer.feeder.name
    here = page(erik, feeder=feeder, claimed="nobody", q="maria")
    assert references(here) == [wanted.reference]
    assert [chip.label for chip in here.context["chips"]] == [
        "Search: maria",
        f"Feeder: {feeder}",
        "Not claimed",
    ]
    assert "feeder" not in here.context["chips"][1].url
    assert references(page(erik, feeder="another")) == []
    assert references(page(erik, claimed="me")) == []


def test_overdue_is_said_in_words(page, journey, erik):
    wanted = journey("engineering_review")
    StageClock.objects.filter(service_request=wanted, stopped_at=None).update(due_on="2026-01-05")
    response = page(erik, overdue="1")
    assert references(response) == [wanted.reference]
    assert b"days overdue" in response.content


@pytest.mark.parametrize(
    "query",
    [
        {"tab": "nonsense"},
        {"after": "nonsense"},
        {"after": "2026-99-99.1"},
        {"after": ".9" * 40},
        {"claimed": "someone"},
        {"q": "a\x00b"},
        {"q": "%_' OR 1=1"},
        {"after": "².²"},
    ],
)
def test_a_strange_url_is_no_error(page, erik, query):
    assert page(erik, **query).status_code == 200


def test_pages_by_key_show_every_row_once(page, journey, erik):
    many_requests(journey, 119)
    seen, after = [], ""
    for _ in range(3):
        response = page(erik, after=after)
        seen += references(response)
        after = response.context["next_key"]
    assert after == ""
    assert len(seen) == len(set(seen)) == 120
    dues = [ServiceRequest.objects.get(reference=name).clocks.last().due_on for name in seen]
    dated = [due for due in dues if due]
    assert dated == sorted(dated)
    assert dues == dated + [None] * (len(dues) - len(dated))


def test_no_page_uses_an_offset(page, journey, erik):
    many_requests(journey, 60)
    key = page(erik).context["next_key"]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page(erik, after=key)
    assert not [query for query in queries if "OFFSET" in query["sql"]]


def test_the_number_of_queries_does_not_grow_with_the_rows(page, journey, erik):
    many_requests(journey, 4)
    page(erik)
    with CaptureQueriesContext(connection) as few:
        page(erik)
    ders = Der.objects.bulk_create(
        Der(usage_point=Der.objects.first().usage_point) for _ in range(195)
    )
    template = ServiceRequest.objects.filter(state="engineering_review").first()
    ServiceRequest.objects.bulk_create(
        ServiceRequest(
            reference=f"SR-2027-{number:06d}",
            start_key=uuid4(),
            customer=template.customer,
            der=der,
            procedure=template.procedure,
            started_by=template.started_by,
            tariff_version=template.tariff_version,
            state="engineering_review",
            created_at=EARLIER,
            submitted_at=EARLIER,
            submitted_by=template.submitted_by,
        )
        for number, der in enumerate(ders)
    )
    with CaptureQueriesContext(connection) as many:
        response = page(erik)
    assert len(response.context["rows"]) == 50
    assert response.context["total"] == 200
    assert len(many) == len(few) <= 17


def test_the_export_holds_the_same_rows_and_no_formula(page, journey, erik, maria):
    wanted = journey("engineering_review")
    Customer.objects.filter(user=maria).update(name='=HYPERLINK("http://evil")')
    response = page(erik, path=f"{QUEUE}export.csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    (row,) = list(csv.DictReader(StringIO(text)))
    assert row["reference"] == wanted.reference
    assert row["applicant"] == '\'=HYPERLINK("http://evil")'
    assert float(row["kW"]) * 1000 == float(totals_of(wanted.der).active_power_w)
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "cell", ["=1", "+1", "-1", "@A", "\t=1", "\r=1", "＝1", " =1", '"=1', "\u00a0=1", "\ufeff@x"]
)
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(cell):
    assert safe(cell) == f"'{cell}"


def test_numbers_and_plain_words_stay_as_they_are():
    assert [safe(cell) for cell in (-5, 3.2, "Maria", "", "12 Mill-Lane")] == [
        -5,
        3.2,
        "Maria",
        "",
        "12 Mill-Lane",
    ]


def test_claim_and_release_from_the_row(client, journey, erik):
    wanted = journey("engineering_review")
    client.force_login(erik)
    back = client.post(f"{QUEUE}{wanted.reference}/claim/", {"next": "/queue/?tab=engineering"})
    assert (back.status_code, back.url) == (302, "/queue/?tab=engineering")
    wanted = ServiceRequest.objects.get(pk=wanted.pk)
    assert wanted.claimed_by == erik
    part = client.post(f"{QUEUE}{wanted.reference}/release/", headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert b"Claim" in part.content
    assert ServiceRequest.objects.get(pk=wanted.pk).claimed_by is None


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "javascript:1"])
def test_claiming_never_leads_to_another_host(client, journey, erik, target):
    wanted = journey("engineering_review")
    client.force_login(erik)
    back = client.post(f"{QUEUE}{wanted.reference}/claim/", {"next": target})
    assert back.url == f"{QUEUE}{wanted.reference}/"


def test_a_reader_cannot_claim(client, journey, ada):
    wanted = journey("engineering_review")
    client.force_login(ada)
    client.post(f"{QUEUE}{wanted.reference}/claim/")
    assert ServiceRequest.objects.get(pk=wanted.pk).claimed_by is None


def test_a_claim_ends_when_the_desk_hands_over_and_stays_over_a_question(
    client, journey, erik, susan
):
    wanted = journey("engineering_review")
    services.claim_request(request=wanted, by=erik)
    asked = services.request_information(
        request=wanted,
        problems={"diagram": "Blurred"},
        note="Please",
        by=erik,
        at=EARLIER + timedelta(days=3),
    )
    assert asked.claimed_by == erik
    other = ServiceRequest.objects.get(pk=wanted.pk)
    assert other.state == State.INFORMATION_NEEDED


def test_approving_gives_the_request_to_the_next_desk_unclaimed(journey, erik):
    wanted = journey("engineering_review")
    services.claim_request(request=wanted, by=erik)
    moved = services.approve_engineering(
        request=wanted, reason="Fine", by=erik, at=EARLIER + timedelta(days=3)
    )
    assert moved.claimed_by is None


def test_a_draft_is_nobodys_business(page, journey, erik):
    wanted = journey("filled")
    assert page(erik, tab="all").context["total"] == 0
    assert page(erik, path=f"{QUEUE}{wanted.reference}/").status_code == 404


def test_forms_without_the_token_are_refused(journey, erik):
    wanted = journey("engineering_review")
    client = Client(enforce_csrf_checks=True)
    client.force_login(erik)
    assert client.post(f"{QUEUE}{wanted.reference}/claim/").status_code == 403


def test_an_empty_queue_says_why(page, erik):
    assert b"Nothing here" in page(erik).content
    assert get_user_model().objects.count() == 1
    assert Procedure.objects.exists()


def test_previous_leads_back_through_the_same_pages(page, journey, erik):
    many_requests(journey, 130)
    pages: list[list[str]] = []
    query: dict[str, str] = {}
    while True:
        response = page(erik, **query)
        pages.append(references(response))
        if not response.context["next_key"]:
            break
        query = {"after": response.context["next_key"]}
    assert len(pages) == 3
    for earlier in (pages[1], pages[0]):
        response = page(erik, before=response.context["previous_key"])
        assert references(response) == earlier
        assert response.context["next_key"]
    assert not response.context["previous_key"]
