"""Figure 3-1 C and 3-2 C: the DERMS that is entitled to a DER is told of it, and no other.

Maria's DER has no third party; Sam's is in GridPool's program. Two simulators play the DSO's and
GridPool's DERMS. What they believe must be what the registry knows. Rows SR9, D1, F31-C, F32-C.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.test import Client

from customers.selectors import Provider, User
from enrollment import services
from exchange.models import Endpoint, OutboundMessage, Publication
from exchange.services import (
    issue_client_credentials,
    register_endpoint,
    resend,
    set_endpoint_active,
)
from registry.selectors import Der
from workorders.selectors import work_orders_of
from workorders.services import Finding

from .derms import SECRETS, Derms, TwoDerms, two_derms
from .factories import make_provider
from .journey import PATHS, Journey

pytestmark = [pytest.mark.delivery, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)


@pytest.fixture
def derms(db: None, tmp_path: Path, gridpool: Provider) -> Iterator[TwoDerms]:
    """The DSO's and GridPool's DERMS."""
    with two_derms(tmp_path / "derms", gridpool) as both:
        yield both


@dataclass
class Enrollment(Journey):
    """A journey whose DER is in the program of a third party."""

    provider: Provider | None = None

    def join(self) -> None:
        """Describe the operation with the third party."""
        services.describe_operation(
            request=self.fresh(),
            export_limit_w=Decimal(2_000),
            communication_protocol=self.protocol,
            provider=self.provider,
            wanted_on=date(2027, 3, 1),
            notes="",
            by=self.applicant,
        )

    def until(self, state: str) -> None:
        """Walk until the request is in the state."""
        for step in PATHS[state]:
            if step is Journey.describe:
                self.join()
            else:
                step(self)

    def visit(self) -> Der:
        """Frank passes the installation."""
        self.now = NOW
        self.verify()
        return self.fresh().proposed_der


Start = Any


@pytest.fixture
def built(susan: User, erik: User, olivia: User, frank: User) -> Start:
    """``built(maria)`` is a journey whose installation waits for the crew."""

    def start(applicant: User, provider: Provider | None = None) -> Enrollment:
        journey = Enrollment(applicant, susan, erik, olivia, frank, provider=provider)
        journey.until("verification")
        return journey

    return start


@pytest.fixture
def direct(built: Start, maria: User) -> Der:
    """Maria's DER, just approved."""
    found: Der = built(maria).visit()
    return found


@pytest.fixture
def pooled(built: Start, stranger: User, gridpool: Provider) -> Der:
    """Sam's DER in GridPool's program, just approved."""
    found: Der = built(stranger, gridpool).visit()
    return found


def test_each_derms_believes_in_exactly_the_der_it_is_entitled_to(
    derms: TwoDerms, direct: Der, pooled: Der
) -> None:
    derms.drain()

    assert set(derms.dso.picture()) == {str(direct.mrid), str(pooled.mrid)}
    assert set(derms.third_party.picture()) == {str(pooled.mrid)}


def test_the_derms_believes_what_the_registry_knows(
    derms: TwoDerms, pooled: Der, gridpool: Provider
) -> None:
    derms.drain()

    connection = pooled.usage_point.network_connection
    unit = pooled.units.get()
    for one in derms:
        der = one.picture()[str(pooled.mrid)]
        facts, linkage = der["facts"], der["linkage"]
        assert (der["version"], der["is_deleted"]) == (1, False)
        assert facts["lifecycle_state"] == "active"
        assert Decimal(facts["export_limit_w"]) == 2_000
        assert facts["connectivity"]["feeder"]["mrid"] == str(connection.transformer.feeder.mrid)
        (told,) = facts["units"]
        assert (told["mrid"], told["type"], told["quantity"]) == (str(unit.mrid), "pv", 10)
        assert Decimal(told["active_power_max_rating_w"]) == unit.active_power_max_rating_w
        assert linkage["pricing_structure"]["name"] == "CA-NBT"
        assert linkage["service_supplier"]["mrid"] == str(gridpool.mrid)
        agreement = pooled.agreements.get(superseded_at=None)
        assert linkage["customer_agreement_mrid"] == str(agreement.mrid)


def test_every_message_is_signed_in_order_and_applied_once(
    derms: TwoDerms, direct: Der, pooled: Der
) -> None:
    assert derms.drain() == 6 + 4  # what GridPool hears of Sam's agreements
    assert derms.drain() == 0

    for one in derms:
        records = one.log()
        assert {record["verdict"] for record in records} == {"applied"}
        for mrid in (direct.mrid, pooled.mrid):
            about = [r for r in records if str(mrid) in r["raw"]]
            sequences = [r["sequence"] for r in about if r["noun"] != "CustomerAgreements"]
            assert sequences == sorted(sequences)
        assert one.duplicates() == 0
    assert set(OutboundMessage.objects.values_list("state", flat=True)) == {"delivered"}


def test_nobody_is_told_before_permission_to_operate(
    derms: TwoDerms, built: Start, maria: User
) -> None:
    built(maria)
    assert not OutboundMessage.objects.exists()
    assert not Publication.objects.exists()
    assert derms.drain() == 0


class PowerCut(Exception):
    """The lights go out."""


@transaction.atomic
def approve_in_a_power_cut(journey: Enrollment) -> None:
    """Everything is done but committed."""
    journey.visit()
    assert OutboundMessage.objects.count() == 2
    raise PowerCut


def test_an_approval_that_is_rolled_back_tells_nobody_and_uses_no_number(
    derms: TwoDerms, built: Start, maria: User
) -> None:
    journey = built(maria)
    with pytest.raises(PowerCut):
        approve_in_a_power_cut(journey)

    assert journey.fresh().state == "verification"
    assert not OutboundMessage.objects.exists()
    assert not Publication.objects.exists()
    assert derms.drain() == 0
    assert derms.dso.picture() == {}

    journey.visit()
    assert list(OutboundMessage.objects.values_list("sequence", flat=True)) == [2, 1]


def test_no_customer_is_named_to_a_derms(
    derms: TwoDerms, direct: Der, pooled: Der, maria: User, stranger: User
) -> None:
    bodies = [bytes(message.body).decode() for message in OutboundMessage.objects.all()]
    documents = list(Publication.objects.values_list("document", flat=True))
    assert len(bodies) == 6 + 4
    assert len(documents) == 3

    for der, user in ((direct, maria), (pooled, stranger)):
        location = der.usage_point.service_location
        secrets = [
            *user.get_full_name().split(),
            user.email,
            user.customer.phone,
            str(user.customer.mrid),
            location.address,
            location.postal_code,
            location.town,
            der.usage_point.account.number,
            der.service_request.reference,
        ]
        for text in (*bodies, *documents):
            assert [secret for secret in secrets if secret in text] == []


def token_of(endpoint: Endpoint) -> str:
    """An access token, as an integrator gets it."""
    keys = issue_client_credentials(endpoint=endpoint, by=None)
    answer = Client().post(
        "/oauth/token",
        {
            "grant_type": "client_credentials",
            "client_id": keys.client_id,
            "client_secret": keys.client_secret,
            "scope": "der:read",
        },
    )
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])


def read(endpoint: Endpoint, path: str = "") -> Any:
    """GET /api/v1/der/… with a token of the endpoint."""
    token = token_of(endpoint)
    return Client().get(f"/api/v1/der/{path}", headers={"Authorization": f"Bearer {token}"})


def test_the_rest_api_says_the_same_as_the_messages(
    derms: TwoDerms, direct: Der, pooled: Der
) -> None:
    derms.drain()
    for one in derms:
        items = {item["mrid"]: item for item in read(one.endpoint).json()["items"]}
        picture = one.picture()
        assert set(items) == set(picture)
        for mrid, item in items.items():
            assert same_facts(item) == told_facts(picture[mrid])
            assert item["communication_protocol"] == "IEEE 2030.5"


def same_facts(item: dict[str, Any]) -> dict[str, Any]:
    """What a document of the API and a message have in common."""
    return {
        "version": item["version"],
        "state": item["state"],
        "export_limit_w": Decimal(item["export_limit_w"]),
        "feeder": item["connectivity"]["feeder"]["mrid"],
        "transformer": item["connectivity"]["transformer"]["mrid"],
        "phase": item["usage_point"]["phase_code"],
        "units": [unit["mrid"] for unit in item["units"]],
        "power_w": [Decimal(unit["active_power_max_rating_w"]) for unit in item["units"]],
        "tariff": item["tariff"]["code"],
        "agreement": item["agreement"]["mrid"],
        "provider": (item["provider"] or {}).get("mrid"),
    }


def told_facts(der: dict[str, Any]) -> dict[str, Any]:
    facts, linkage = der["facts"], der["linkage"]
    return {
        "version": der["version"],
        "state": facts["lifecycle_state"],
        "export_limit_w": Decimal(facts["export_limit_w"]),
        "feeder": facts["connectivity"]["feeder"]["mrid"],
        "transformer": facts["connectivity"]["transformer"]["mrid"],
        "phase": facts["connectivity"]["phase_code"],
        "units": [unit["mrid"] for unit in facts["units"]],
        "power_w": [Decimal(unit["active_power_max_rating_w"]) for unit in facts["units"]],
        "tariff": linkage["pricing_structure"]["name"],
        "agreement": linkage["customer_agreement_mrid"],
        "provider": (linkage["service_supplier"] or {}).get("mrid"),
    }


def test_a_foreign_der_is_as_absent_as_one_that_never_was(
    derms: TwoDerms, direct: Der, pooled: Der
) -> None:
    third_party = derms.third_party.endpoint
    assert read(third_party, f"{pooled.mrid}/").status_code == 200
    foreign, absent = (read(third_party, f"{mrid}/") for mrid in (direct.mrid, uuid4()))
    assert foreign.status_code == absent.status_code == 404
    assert foreign.json() == absent.json()


def test_a_derms_of_another_feeder_and_a_stopped_one_are_not_told(
    derms: TwoDerms, built: Start, maria: User
) -> None:
    elsewhere = register_endpoint(
        name="DERMS of another feeder",
        kind="dso_derms",
        url="http://127.0.0.1:1/",
        secret=SECRETS["dso"],
        feeder_mrids=[uuid4()],
    )
    stopped = register_endpoint(
        name="A stopped DERMS",
        kind="dso_derms",
        url="http://127.0.0.1:1/",
        secret=SECRETS["dso"],
    )
    set_endpoint_active(endpoint=stopped, is_active=False)
    built(maria).visit()

    told = set(OutboundMessage.objects.values_list("endpoint", flat=True))
    assert told == {derms.dso.endpoint.pk}
    published = set(Publication.objects.values_list("endpoint", flat=True))
    assert not published & {elsewhere.pk, stopped.pk}


def test_a_third_party_is_not_told_of_the_customers_of_another(
    derms: TwoDerms, built: Start, stranger: User, gridpool: Provider
) -> None:
    rival = register_endpoint(
        name="Rival DERMS",
        kind="third_party_derms",
        url="http://127.0.0.1:1/",
        secret=SECRETS["dso"],
        owner_mrid=make_provider("Rival", "third_party").mrid,
    )
    built(stranger, gridpool).visit()

    told = set(OutboundMessage.objects.values_list("endpoint", flat=True))
    assert told == {one.endpoint.pk for one in derms}
    assert not Publication.objects.filter(endpoint=rival).exists()


def test_a_second_der_of_the_customer_does_not_disturb_the_first(
    derms: TwoDerms, direct: Der, built: Start, maria: User
) -> None:
    addition = built(maria).visit()
    derms.drain()
    assert addition.usage_point == direct.usage_point
    assert {mrid: der["version"] for mrid, der in derms.dso.picture().items()} == {
        str(direct.mrid): 1,
        str(addition.mrid): 1,
    }


def test_a_message_that_is_sent_again_changes_nothing(
    derms: TwoDerms, direct: Der, ada: User
) -> None:
    derms.drain()
    before = derms.dso.picture()
    message = OutboundMessage.objects.get(noun="EndDeviceConfig")

    resend(message=message, by=ada, at=NOW)
    assert derms.drain() == 1

    assert derms.dso.picture() == before
    assert derms.dso.duplicates() == 1
    bodies = bodies_of(derms.dso, message.message_id)
    assert bodies == [bytes(message.body).decode()] * 2


def bodies_of(derms: Derms, message_id: UUID) -> list[str]:
    """The bytes that arrived under one MessageID."""
    return [r["raw"] for r in derms.log() if r["message_id"] == str(message_id)]


def test_a_derms_that_is_down_is_told_when_it_is_back_and_stops_nobody_else(
    derms: TwoDerms, pooled: Der
) -> None:
    derms.dso.behave("error500")
    derms.drain()
    assert derms.dso.picture() == {}
    assert set(derms.third_party.picture()) == {str(pooled.mrid)}

    derms.dso.behave("ok")
    assert OutboundMessage.objects.filter(state="pending").count() == 2
    OutboundMessage.objects.update(due_at=NOW.replace(year=2020))
    derms.drain()
    assert set(derms.dso.picture()) == {str(pooled.mrid)}
    assert set(OutboundMessage.objects.values_list("state", flat=True)) == {"delivered"}


def test_the_crew_alone_can_cause_a_message(
    derms: TwoDerms, built: Start, maria: User, olivia: User
) -> None:
    from django.core.exceptions import PermissionDenied

    journey = built(maria)
    order = work_orders_of(journey.request.mrid)[0]
    for somebody in (maria, olivia):
        with pytest.raises(PermissionDenied):
            services.pass_verification(
                order=order,
                findings=[Finding(item.pk, "pass") for item in order.items.all()],
                serial_numbers={},
                note="",
                by=somebody,
                at=NOW,
            )
    assert not OutboundMessage.objects.exists()
