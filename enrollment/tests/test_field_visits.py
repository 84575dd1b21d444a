"""The crew's pages: who sees them, what is kept, what a double sending does."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from enrollment.models import ServiceRequest
from enrollment.services import record_communication_test
from enrollment.states import State
from tests.factories import make_user, swelling_png
from tests.people import EARLIER
from workorders.models import Photo, WorkOrder

pytestmark = pytest.mark.django_db


def picture(color="blue"):
    out = BytesIO()
    Image.new("RGB", (60, 40), color).save(out, "JPEG")
    return SimpleUploadedFile("IMG_1.jpg", out.getvalue(), content_type="image/jpeg")


@pytest.fixture
def wanted(journey, erik):
    request = journey("verification")
    record_communication_test(request=request, note="Read.", by=erik, at=EARLIER)
    return request


@pytest.fixture
def order(wanted):
    return WorkOrder.objects.get(service_request_mrid=wanted.mrid)


@pytest.fixture
def as_frank(client, frank):
    client.force_login(frank)
    return client


def answers(order, answer="pass", **more):
    data = {f"answer_{item.pk}": answer for item in order.items.all()}
    return {**data, **more}


def send(client, order, outcome, data):
    return client.post(f"/work-orders/{order.number}/", {"outcome": outcome, **data})


def test_the_list_shows_what_there_is_to_visit(as_frank, order):
    text = as_frank.get("/work-orders/").content.decode()
    assert order.number in text
    assert order.address in text


def test_an_empty_list_says_so(as_frank):
    assert b"Nothing to visit" in as_frank.get("/work-orders/").content


@pytest.mark.parametrize("person", ["maria", "stranger", "ivan", "tara"])
def test_outsiders_find_nothing(request, client, order, person):
    client.force_login(request.getfixturevalue(person))
    assert client.get("/work-orders/").status_code == 404
    assert client.get(f"/work-orders/{order.number}/").status_code == 404
    assert send(client, order, "pass", answers(order)).status_code == 404


def test_an_engineer_reads_but_does_not_record(client, order, wanted, erik):
    client.force_login(erik)
    page = client.get(f"/work-orders/{order.number}/")
    assert page.status_code == 200
    assert b'name="outcome"' not in page.content
    assert send(client, order, "pass", answers(order)).status_code == 403
    assert send(client, order, "save", answers(order)).status_code == 403
    assert ServiceRequest.objects.get(pk=wanted.pk).state == State.VERIFICATION
    assert not order.items.exclude(answer="").exists()


def test_progress_is_kept(as_frank, order, wanted):
    item, unit = order.items.first(), wanted.der.units.get()
    data = {
        f"answer_{item.pk}": "pass",
        f"found_{item.pk}": "10 pieces",
        f"serial_{unit.pk}": "A1\nA2",
        "photos": [picture("red"), picture("blue")],
    }
    assert send(as_frank, order, "save", data).status_code == 302
    item.refresh_from_db()
    assert (item.answer, item.found) == ("pass", "10 pieces")
    assert wanted.der.units.get().serial_numbers == "A1\r\nA2".replace("\r", "")
    assert order.photos.count() == 2
    assert ServiceRequest.objects.get(pk=wanted.pk).state == State.VERIFICATION


def test_a_serial_number_that_no_message_can_carry_is_refused(as_frank, order, wanted):
    unit = wanted.der.units.get()
    response = send(as_frank, order, "save", {f"serial_{unit.pk}": "A\x0b1"})
    assert response.status_code == 400
    assert "cannot be sent" in response.content.decode()


def test_a_thousand_serial_numbers_fit(as_frank, order, wanted):
    unit = wanted.der.units.get()
    serials = "\n".join(f"SERIAL-NUMBER-OF-INVERTER-{number:06d}" for number in range(1000))
    assert send(as_frank, order, "save", {f"serial_{unit.pk}": serials}).status_code == 302
    assert wanted.der.units.get().serial_numbers == serials


def test_the_same_photo_twice_is_kept_once(as_frank, order):
    send(as_frank, order, "save", {"photos": [picture()]})
    send(as_frank, order, "save", {"photos": [picture()]})
    assert order.photos.count() == 1


@pytest.mark.parametrize(
    "upload",
    [
        SimpleUploadedFile("x.jpg", b"<script>", content_type="image/jpeg"),
        SimpleUploadedFile("x.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EOF\n"),
        swelling_png(),
    ],
)
def test_what_is_not_a_picture_is_refused_by_name(as_frank, order, upload):
    response = send(as_frank, order, "save", {"photos": [upload]})
    assert response.status_code == 400
    assert "not a JPEG or PNG" in response.content.decode()
    assert not Photo.objects.exists()


def test_passing_gives_permission_to_operate_and_sending_twice_is_harmless(as_frank, order, wanted):
    data = answers(order, note="All good.")
    assert send(as_frank, order, "pass", data).status_code == 302
    assert send(as_frank, order, "pass", data).status_code == 302
    after = ServiceRequest.objects.get(pk=wanted.pk)
    assert after.state == State.PERMISSION_TO_OPERATE
    assert WorkOrder.objects.count() == 1


def test_an_open_item_refuses_the_pass_and_keeps_the_rest(as_frank, order, wanted):
    item = order.items.first()
    data = {f"answer_{item.pk}": "pass", f"found_{item.pk}": "as expected", "photos": [picture()]}
    response = send(as_frank, order, "pass", data)
    assert response.status_code == 409
    assert "Every item of the checklist must be answered" in response.content.decode()
    item.refresh_from_db()
    assert item.found == "as expected"
    assert order.photos.count() == 1
    assert ServiceRequest.objects.get(pk=wanted.pk).state == State.VERIFICATION


def test_failing_needs_a_note_and_leads_to_a_re_visit(as_frank, order, wanted):
    data = answers(order, "fail")
    without = send(as_frank, order, "fail", data)
    assert without.status_code == 400
    assert send(as_frank, order, "fail", {**data, "note": "No label."}).status_code == 302
    assert ServiceRequest.objects.get(pk=wanted.pk).state == State.CONSTRUCTION
    assert WorkOrder.objects.get().state == WorkOrder.State.FAILED


def test_the_second_of_two_crews_is_told_who_was_first(client, as_frank, order):
    send(as_frank, order, "pass", answers(order))
    other = make_user("fiona@utility.example", "Fiona Berg", "field")
    client.force_login(other)
    response = send(client, order, "fail", answers(order, "fail", note="My words"))
    assert response.status_code == 409
    text = response.content.decode()
    assert "Frank Weber finished this work order" in text
    assert "My words" in text


def test_the_pass_waits_for_the_communication_test(as_frank, journey, stranger):
    request = journey("verification", applicant=stranger)
    order = WorkOrder.objects.get(service_request_mrid=request.mrid)
    response = send(as_frank, order, "pass", answers(order))
    blocked = request.blockers("pass_verification")
    assert (response.status_code == 409) is bool(blocked)


def test_photos_are_for_crews_and_staff_only(client, as_frank, order, frank, erik, maria):
    send(as_frank, order, "save", {"photos": [picture()]})
    path = f"/work-orders/{order.number}/photos/{order.photos.get().pk}/"
    for reader in (frank, erik):
        client.force_login(reader)
        response = client.get(path)
        assert b"".join(response.streaming_content).startswith(b"\xff\xd8")
        assert response["Content-Type"] == "image/jpeg"
        assert response["X-Content-Type-Options"] == "nosniff"
    client.force_login(maria)
    assert client.get(path).status_code == 404
    client.logout()
    assert client.get(path).status_code == 302


def test_the_list_goes_on_page_by_page_and_back(as_frank):
    WorkOrder.objects.bulk_create(
        WorkOrder(
            number=f"WO-9{number:03d}",
            service_request_mrid=uuid4(),
            address=f"{number} Long Road",
            issued_at=EARLIER,
            due_on=EARLIER.date() + timedelta(days=number) if number < 60 else None,
        )
        for number in range(70)
    )
    first = as_frank.get("/work-orders/")
    second = as_frank.get("/work-orders/", {"after": first.context["next_key"]})
    back = as_frank.get("/work-orders/", {"before": second.context["previous_key"]})
    seen = [
        [order.number for group in page.context["groups"] for order in group["orders"]]
        for page in (first, second, back)
    ]
    assert seen[0] == [f"WO-9{number:03d}" for number in range(50)]
    assert seen[1] == [f"WO-9{number:03d}" for number in range(50, 70)]
    assert seen[2] == seen[0]
    assert (second.context["next_key"], back.context["previous_key"]) == ("", "")
