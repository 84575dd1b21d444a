"""CA2, CA3, F31-A, F32-A: a third party hears of its customers' agreements, and of their end."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cim.envelope import OBJECT_VERSION, Message
from cim.messages import read
from cim.profiles import customer_agreements
from cim.profiles.customer_agreements import CustomerAgreement
from customers.selectors import Provider, User
from enrollment import services
from enrollment.telling_agreements import tell_of_agreements
from exchange.models import Endpoint
from exchange.tests.factories import make_endpoint, make_third_party

from .factories import diagram_png, make_provider
from .journey import PATHS, Journey

pytestmark = pytest.mark.django_db


@dataclass
class Enrollment(Journey):
    """A journey whose DER is in a third party's program."""

    provider: Provider | None = field(kw_only=True)

    def describe(self) -> None:
        """Join the program."""
        services.describe_operation(
            request=self.fresh(), export_limit_w=Decimal(2_000),
            communication_protocol="ieee_2030_5", provider=self.provider,
            wanted_on=date(2027, 3, 1), notes="", by=self.applicant,
        )  # fmt: skip

    def until(self, state: str) -> None:
        """Walk until the request is in the state."""
        for step in PATHS[state]:
            self.describe() if step is Journey.describe else step(self)

    def move_to(self, provider: Provider | None) -> None:
        """Support asks about the operation; the customer answers with another third party."""
        services.request_information(
            request=self.fresh(), problems={"operation": "Is this still your program?"},
            note="", by=self.support, at=self.now,
        )  # fmt: skip
        self.provider = provider
        self.describe()
        services.supply_information(
            request=self.fresh(), answer="Another one.", by=self.applicant, at=self.now
        )


@pytest.fixture
def enrollment(
    maria: User, susan: User, erik: User, olivia: User, frank: User, gridpool: Provider
) -> Enrollment:
    """Maria joins GridPool."""
    return Enrollment(maria, susan, erik, olivia, frank, provider=gridpool)


@pytest.fixture
def pool(gridpool: Provider) -> Endpoint:
    """GridPool's system; a stranger's and the utility's hear nothing of agreements."""
    make_third_party("Rival")
    make_endpoint("Utility DERMS")
    return make_third_party("GridPool DERMS", gridpool.mrid)


def told(endpoint: Endpoint) -> list[tuple[Message, CustomerAgreement]]:
    rows = endpoint.messages.filter(noun="CustomerAgreements").order_by("sequence")
    found = [read(bytes(row.body)) for row in rows]
    return [(each, customer_agreements.from_element(each.payload)[0]) for each in found]


def standings(endpoint: Endpoint) -> list[tuple[str, Any, str]]:
    return [
        (each.header.verb.value, facts.mrid, facts.status.value if facts.status else "")
        for each, facts in told(endpoint)
    ]


def test_each_agreement_is_told_when_it_is_accepted_holds_and_is_replaced(
    enrollment: Enrollment, pool: Endpoint, gridpool: Provider
) -> None:
    enrollment.until("filled")
    assert standings(pool) == []
    enrollment.submit()
    [(_, first)] = told(pool)
    assert first.service_supplier is not None
    assert first.service_supplier.mrid == str(gridpool.mrid)
    enrollment.complete()
    enrollment.approve_engineering()
    enrollment.approve_operations()
    enrollment.sign()
    enrollment.report()
    enrollment.verify()
    accepted, signed = enrollment.fresh().proposed_der.agreements.order_by("id")
    assert standings(pool) == [
        ("created", str(accepted.mrid), "accepted"),
        ("canceled", str(accepted.mrid), "superseded"),
        ("created", str(signed.mrid), "accepted"),
        ("changed", str(signed.mrid), "active"),
    ]
    last = told(pool)[-1][1]
    assert last.text_sha256 == signed.text_sha256
    assert last.pricing_structures[0].code == "CA-NBT"
    assert last.validity_interval is not None
    assert last.validity_interval.start == signed.active_from
    for name in ("Rival", "Utility DERMS"):
        assert told(Endpoint.objects.get(name=name)) == []


@pytest.mark.parametrize("ending", [Journey.withdraw, Journey.decline])
def test_its_end_is_told(enrollment: Enrollment, pool: Endpoint, ending: Any) -> None:
    enrollment.until("engineering_review")
    ending(enrollment)
    assert [verb for verb, _, _ in standings(pool)] == ["created", "canceled"]


def test_a_customer_who_changes_the_third_party_is_told_to_both(
    enrollment: Enrollment, pool: Endpoint, gridpool: Provider
) -> None:
    rival = make_provider("Rival Power", "third_party")
    other = make_third_party("Rival Power DERMS", rival.mrid)
    enrollment.until("completeness_review")
    enrollment.move_to(rival)
    assert [verb for verb, _, _ in standings(pool)] == ["created", "canceled"]
    _, left = told(pool)[-1]
    assert left.service_supplier is None
    assert left.status is not None
    assert left.status.reason == "The DER is no longer under a contract with you."
    assert str(rival.mrid) not in bytes(pool.messages.first().body).decode()
    assert [verb for verb, _, _ in standings(other)] == ["created"]

    enrollment.move_to(gridpool)
    assert [verb for verb, _, _ in standings(pool)] == ["created", "canceled", "created"]
    versions = [int(each.header.properties[OBJECT_VERSION]) for each, _ in told(pool)]
    assert versions == [facts.version for _, facts in told(pool)] == [1, 2, 3]
    assert [verb for verb, _, _ in standings(other)] == ["created", "canceled"]


def test_another_tariff_accepted_when_mending_replaces_the_first(
    enrollment: Enrollment, pool: Endpoint
) -> None:
    enrollment.until("completeness_review")
    services.request_information(
        request=enrollment.fresh(), problems={"tariff": "Please read it again.",
                                              "diagram": "The switch is missing."},
        note="", by=enrollment.support, at=enrollment.now,
    )  # fmt: skip
    services.upload_diagram(
        request=enrollment.fresh(), upload=diagram_png(), by=enrollment.applicant,
        at=enrollment.now,
    )  # fmt: skip
    enrollment.accept()
    assert [verb for verb, _, _ in standings(pool)] == ["created"]
    services.supply_information(
        request=enrollment.fresh(), answer="Done.", by=enrollment.applicant, at=enrollment.now
    )
    assert [verb for verb, _, _ in standings(pool)] == ["created", "canceled", "created"]


def test_telling_again_tells_nothing_and_costs_the_same(
    enrollment: Enrollment, pool: Endpoint, gridpool: Provider
) -> None:
    enrollment.until("verification")
    before, counts = standings(pool), []
    for number in range(2):
        der = enrollment.fresh().proposed_der
        assert der.provider is not None
        with CaptureQueriesContext(connection) as queries:
            tell_of_agreements(der, at=enrollment.now)
        counts.append(len(queries))
        Endpoint.objects.filter(name="Rival").update(name=f"Rival {number}")
    assert standings(pool) == before
    assert counts == [3, 3]


def test_a_stopped_endpoint_hears_nothing(enrollment: Enrollment, pool: Endpoint) -> None:
    Endpoint.objects.filter(pk=pool.pk).update(is_active=False)
    enrollment.until("completeness_review")
    assert standings(pool) == []


def test_an_endpoint_that_came_later_and_one_whose_der_left_catch_up(
    enrollment: Enrollment, gridpool: Provider
) -> None:
    enrollment.until("permission_to_operate")
    late = make_third_party("GridPool DERMS", gridpool.mrid)
    services.align_endpoint(endpoint=late, at=enrollment.now)
    der = enrollment.fresh().proposed_der
    signed = der.agreements.latest("id")
    assert standings(late) == [("created", str(signed.mrid), "active")]
    der.provider = None
    der.save()
    services.align_endpoint(endpoint=late, at=enrollment.now)
    services.align_endpoint(endpoint=late, at=enrollment.now)
    assert [verb for verb, _, _ in standings(late)] == ["created", "canceled"]
