"""Filling in: what is asked, what is refused by name, and what is kept."""

from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from customers.selectors import Customer, usage_points_of
from enrollment.selectors import ServiceRequest
from enrollment.services import change_equipment, remove_equipment, start_application
from registry.selectors import DerUnit, search_equipment
from tests.factories import diagram_pdf, diagram_png, make_user, swelling_png

UNIT = {
    "kind": "pv",
    "manufacturer": "Alder",
    "model": "Micro 380",
    "quantity": "10",
    "active_power_max_rating_w": "380",
}
OPERATION = {
    "export": "limited",
    "export_limit_kw": "3",
    "communication_protocol": "ieee_2030_5",
    "wanted_on": "2027-03-01",
}


@pytest.fixture
def draft(client, journey, maria):
    request = journey("filled")
    client.force_login(maria)
    return request


def address(request, page=""):
    return f"/applications/{request.reference}/{page}"


def fresh(request):
    return ServiceRequest.objects.get(pk=request.pk)


def errors(response):
    return {name: list(found) for name, found in response.context["form"].errors.items()}


def test_a_new_customer_is_led_to_the_first_application(client, reference_data):
    nina = make_user("nina@customer.example", "Nina Neu", "customer")
    client.force_login(nina)
    assert client.get("/applications/").url == "/your-details/"
    client.post("/your-details/", {"name": "Nina Neu", "phone": "1", "kind": "residential"})
    assert client.get("/applications/").url == "/your-account/"
    client.post("/your-account/", {"account_number": "AC-00020", "usage_point_name": "SP-00020"})
    assert client.get("/applications/").status_code == 200
    assert usage_points_of(Customer.objects.get(user=nina)).get().name == "SP-00020"


def test_a_taken_or_unknown_account_gets_the_same_words(client, maria, stranger):
    client.force_login(maria)
    told = [
        errors(client.post("/your-account/", {"account_number": number, "usage_point_name": point}))
        for number, point in (("AC-00013", "SP-00013"), ("AC-99999", "SP-99999"))
    ]
    assert told[0] == told[1]
    assert list(told[0]) == ["account_number"]


def test_pressing_start_twice_gives_one_draft(client, maria):
    client.force_login(maria)
    key = str(uuid4())
    first = client.post("/applications/start/", {"start_key": key})
    second = client.post("/applications/start/", {"start_key": key})
    assert first.url == second.url
    assert ServiceRequest.objects.count() == 1


def test_a_start_without_a_key_is_refused(client, maria):
    client.force_login(maria)
    assert client.post("/applications/start/").url == "/applications/"
    assert not ServiceRequest.objects.exists()


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "1e12", "0", "abc", "380,5", ""])
def test_an_impossible_power_is_refused_by_name(client, draft, value):
    response = client.post(
        address(draft, "equipment/add/"), UNIT | {"active_power_max_rating_w": value}
    )
    (message,) = errors(response)["active_power_max_rating_w"]
    assert "maximum active power" in message.lower()
    assert draft.der.units.count() == 1


def test_an_inconsistent_nameplate_is_refused_at_its_field(client, draft):
    response = client.post(
        address(draft, "equipment/add/"), UNIT | {"apparent_power_max_rating_va": "300"}
    )
    assert list(errors(response)) == ["apparent_power_max_rating_va"]


def test_a_battery_needs_its_energy(client, draft):
    response = client.post(address(draft, "equipment/add/"), UNIT | {"kind": "storage"})
    assert "energy_capacity_wh" in errors(response)


def test_free_entry_counts_as_not_certified(client, draft):
    client.post(address(draft, "equipment/add/"), UNIT)
    unit = draft.der.units.latest("id")
    assert (unit.model, unit.is_certified) == ("Micro 380", False)
    assert "Not on the certified list" in client.get(address(draft, "equipment/")).content.decode()


def test_a_certified_model_keeps_its_listed_ratings(client, draft):
    listed = search_equipment("ABB MICRO-0.3")[0]
    client.post(address(draft, "equipment/add/"), UNIT | {"equipment": listed.pk})
    unit = draft.der.units.latest("id")
    assert unit.is_certified
    assert unit.active_power_max_rating_w == listed.active_power_max_rating_w
    assert unit.model == listed.model


def test_a_model_that_is_not_listed_is_refused(client, draft):
    response = client.post(address(draft, "equipment/add/"), UNIT | {"equipment": "99999999"})
    assert "equipment" in errors(response)


def test_the_search_answers_with_the_nameplate(client, draft):
    found = client.get("/equipment-search/", {"q": "micro-0.25"}).json()["results"]
    assert found[0]["label"].startswith("ABB MICRO-0.25")
    assert Decimal(found[0]["fill"]["active_power_max_rating_w"]) == 250
    assert client.get("/equipment-search/", {"q": "x"}).json() == {"results": []}


def test_a_search_without_script_fills_the_form(client, draft):
    page = client.get(address(draft, "equipment/add/"), {"q": "micro-0.25"})
    assert page.context["found"]
    key = page.context["found"][0]["value"]
    filled = client.get(address(draft, "equipment/add/"), {"equipment": key})
    assert filled.context["form"]["manufacturer"].value() == "ABB"


def test_a_unit_is_changed_and_removed(client, draft):
    unit = draft.der.units.get()
    client.post(address(draft, f"equipment/{unit.mrid}/"), UNIT | {"quantity": "7"})
    assert draft.der.units.get().quantity == 7
    client.post(address(draft, f"equipment/{unit.mrid}/remove/"))
    assert not draft.der.units.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"export_limit_kw": ""}, "export_limit_kw"),
        ({"export_limit_kw": "NaN"}, "export_limit_kw"),
        ({"export_limit_kw": "-2"}, "export_limit_kw"),
        ({"export": ""}, "export"),
        ({"communication_protocol": ""}, "communication_protocol"),
        ({"communication_protocol": "smoke signals"}, "communication_protocol"),
        ({"wanted_on": ""}, "wanted_on"),
        ({"wanted_on": "2027-02-30"}, "wanted_on"),
        ({"wanted_on": "1999-01-01"}, "wanted_on"),
        ({"provider": "99999"}, "provider"),
    ],
)
def test_operation_is_refused_by_name(client, draft, changes, field):
    response = client.post(address(draft, "operation/"), OPERATION | changes)
    assert list(errors(response)) == [field]


@pytest.mark.parametrize(
    ("export", "watts"), [("full", None), ("limited", Decimal(3000)), ("none", Decimal(0))]
)
def test_kilowatts_are_stored_as_watts(client, draft, export, watts):
    client.post(address(draft, "operation/"), OPERATION | {"export": export})
    assert fresh(draft).der.export_limit_w == watts


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (SimpleUploadedFile("a.exe", b"MZ not a picture"), "PDF, PNG or JPEG"),
        (SimpleUploadedFile("a.pdf", b"%PDF-1.7 broken"), "damaged"),
        (SimpleUploadedFile("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "PNG or JPEG"),
        (SimpleUploadedFile("a.pdf", b"%PDF-" + b"0" * (11 * 1024 * 1024)), "larger than 10 MB"),
        (SimpleUploadedFile("a.pdf", b""), "empty"),
        (None, "Choose the file"),
    ],
)
def test_a_bad_diagram_is_refused_and_the_earlier_one_kept(client, draft, upload, words):
    data = {"file": upload} if upload else {}
    response = client.post(address(draft, "diagram/"), data)
    assert words in errors(response)["file"][0]
    assert draft.attachments.get(removed_at__isnull=True).original_name == "diagram.pdf"


def test_too_many_pages_are_refused(client, draft):
    response = client.post(address(draft, "diagram/"), {"file": diagram_pdf(pages=21)})
    assert "21 pages" in errors(response)["file"][0]


def test_a_picture_replaces_the_pdf(client, draft):
    client.post(address(draft, "diagram/"), {"file": diagram_png()})
    kept = draft.attachments.get(removed_at__isnull=True)
    assert (kept.original_name, kept.extension) == ("diagram.png", "png")
    assert draft.attachments.count() == 2


def test_a_removed_diagram_is_missing_again(client, draft):
    client.post(address(draft, "diagram/remove/"))
    assert "Upload the one-line diagram." in client.get(address(draft, "check/")).content.decode()


def test_a_tariff_that_does_not_fit_says_why_and_cannot_be_accepted(client, draft):
    page = client.get(address(draft, "tariff/"))
    shut = page.context["closed"][0]["offer"]
    assert shut.findings[0] in unescape(page.content.decode())
    url = address(draft, f"tariff/{shut.version.mrid}/")
    shown = client.get(url)
    assert "You cannot choose this tariff" in shown.content.decode()
    data = {"name": "M", "is_accepted": "on", "text_sha256": shown.context["text"].sha256}
    assert errors(client.post(url, data))
    assert fresh(draft).tariff_version_id != shut.version.pk


def test_a_text_that_changed_meanwhile_is_refused(client, draft):
    url = address(draft, f"tariff/{draft.tariff_version.mrid}/")
    data = {"name": "Maria", "is_accepted": "on", "text_sha256": "0" * 64}
    assert "changed since you opened it" in str(errors(client.post(url, data)))


def test_a_tariff_needs_name_and_tick(client, draft):
    url = address(draft, f"tariff/{draft.tariff_version.mrid}/")
    response = client.post(url, {"text_sha256": draft.tariff_version.terms_sha256})
    assert set(errors(response)) == {"name", "is_accepted"}


def test_what_no_longer_fits_the_tariff_cannot_be_sent(client, draft):
    unit = draft.der.units.get()
    client.post(address(draft, f"equipment/{unit.mrid}/"), UNIT)
    page = client.post(address(draft, "submit/"))
    assert "Your tariff no longer fits" in page.content.decode()
    assert fresh(draft).state == "draft"


def test_an_unknown_tariff_is_not_found(client, draft):
    assert client.get(address(draft, f"tariff/{uuid4()}/")).status_code == 404


def test_change_on_check_answers_leads_back_to_check_answers(client, draft):
    response = client.post(address(draft, "operation/") + "?from=check", OPERATION)
    assert response.url == address(draft, "check/")
    assert client.post(address(draft, "operation/"), OPERATION).url == address(draft)


def test_only_own_service_points_can_be_chosen(client, draft, stranger):
    foreign = usage_points_of(stranger.customer).get()
    response = client.post(address(draft, "site/"), {"usage_point": str(foreign.mrid)})
    assert errors(response)["usage_point"] == ["Choose one of your own service points."]


def test_the_site_says_what_is_connected_there_already(client, journey, maria):
    journey("permission_to_operate")
    second = journey("draft")
    client.force_login(maria)
    page = client.get(address(second, "site/")).content.decode()
    assert "Solar (PV), active" in page


@pytest.mark.parametrize(
    "path",
    [
        "/applications/?before=²",
        "/equipment-search/?q=ab%00",
        "/applications/a%00b/",
        "{own}equipment/add/?equipment=²",
        "{own}equipment/add/?q=ab%00",
    ],
)
def test_an_address_that_means_nothing_is_no_fault_of_ours(client, draft, path):
    assert client.get(path.format(own=address(draft))).status_code in (200, 404)


@pytest.mark.parametrize("key", ["²", "9" * 5000])
def test_a_model_number_that_is_none_is_refused(client, draft, key):
    response = client.post(address(draft, "equipment/add/"), UNIT | {"equipment": key})
    assert response.status_code == 200
    assert "equipment" in errors(response)


@pytest.mark.parametrize("name", ["manufacturer", "model", "serial_numbers", "firmware_version"])
def test_a_character_that_no_message_can_carry_is_refused_at_its_field(client, draft, name):
    response = client.post(address(draft, "equipment/add/"), UNIT | {name: "Al\x0bder"})
    assert "cannot be sent" in errors(response)[name][0]


def test_serial_numbers_of_a_listed_model_can_be_taken_back(draft, maria):
    unit = draft.der.units.get()
    for serials in ("SN-1", ""):
        change_equipment(
            request=draft, unit=unit, equipment=unit.equipment, by=maria, serial_numbers=serials
        )
        assert draft.der.units.get().serial_numbers == serials


def test_a_unit_removed_in_another_window_does_not_come_back(draft, maria):
    stale = draft.der.units.get()
    remove_equipment(request=draft, unit=stale, by=maria)
    again = DerUnit(pk=stale.pk, der_id=stale.der_id)
    with pytest.raises(ValidationError, match="removed in the meantime"):
        change_equipment(request=draft, unit=again, equipment=None, by=maria, quantity=3)
    assert not draft.der.units.exists()


def test_the_year_of_a_reference_is_the_utilitys(maria):
    at = datetime(2027, 1, 1, 5, tzinfo=UTC)  # the evening of December 31 in the demo's zone
    request = start_application(customer=maria.customer, start_key=uuid4(), by=maria, at=at)
    assert request.reference.startswith("SR-2026-")


def test_a_photo_of_the_diagram_stays_a_jpeg(client, draft):
    out = BytesIO()
    Image.new("RGB", (60, 40)).save(out, "JPEG")
    client.post(address(draft, "diagram/"), {"file": SimpleUploadedFile("d.jpg", out.getvalue())})
    kept = draft.attachments.get(removed_at__isnull=True)
    assert kept.extension == "jpg"
    response = client.get(address(draft, f"papers/{kept.mrid}/"))
    assert b"".join(response.streaming_content).startswith(b"\xff\xd8")
    assert response["Content-Type"] == "image/jpeg"


def test_a_picture_that_swells_when_it_is_read_is_refused(client, draft):
    response = client.post(address(draft, "diagram/"), {"file": swelling_png()})
    assert "PDF, PNG or JPEG" in errors(response)["file"][0]


def test_a_file_or_script_deep_inside_a_pdf_is_refused(client, draft):
    for active in (pdf_with_a_file, pdf_with_a_script):
        response = client.post(address(draft, "diagram/"), {"file": active()})
        assert "scripts or attached files" in errors(response)["file"][0]


def pdf_with_a_file():
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment("run.exe", b"MZ")
    return uploaded(writer)


def pdf_with_a_script():
    writer = PdfWriter()
    script = {
        NameObject("/S"): NameObject("/JavaScript"),
        NameObject("/JS"): TextStringObject("app.alert(1)"),
    }
    page = writer.add_blank_page(100, 100)
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): DictionaryObject(script)})
    return uploaded(writer)


def uploaded(writer):
    out = BytesIO()
    writer.write(out)
    return SimpleUploadedFile("diagram.pdf", out.getvalue())


def test_only_the_customer_is_sent_to_link_another_account(client, journey, maria, ivan, consent):
    draft = journey("draft")
    path = reverse("enrollment:site", args=[draft.reference])
    link = reverse("enrollment:link-account")
    client.force_login(maria)
    assert link in client.get(path).content.decode()
    client.force_login(ivan)
    page = client.get(path)
    assert page.status_code == 200
    assert link not in page.content.decode()
