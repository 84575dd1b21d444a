"""Brings a request to a wanted state, through the services only."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from customers.selectors import User, usage_points_of
from engineering import services as engineering
from enrollment import services
from enrollment.selectors import ServiceRequest, offered_agreement, offers_to
from registry.selectors import search_equipment
from tariffs.selectors import TariffVersion, text_to_accept
from workorders.selectors import work_orders_of
from workorders.services import Finding

from .factories import diagram_pdf
from .people import EARLIER

Step = Callable[["Journey"], None]


@dataclass
class Journey:
    """One request under way. ``now`` moves by a few hours with each step."""

    applicant: User
    support: User
    engineer: User
    operator: User
    crew: User
    now: datetime = EARLIER
    tariff: str = "CA-NBT"
    protocol: str = "ieee_2030_5"
    request: ServiceRequest = field(init=False)

    def go_to(self, state: str) -> ServiceRequest:
        """Walk until the request is in the state ("filled" is a complete draft)."""
        for step in PATHS[state]:
            self.now += timedelta(hours=3)
            step(self)
        return self.fresh()

    def fresh(self) -> ServiceRequest:
        """The request as it is in the database."""
        self.request = ServiceRequest.objects.get(pk=self.request.pk)
        return self.request

    def start(self) -> None:
        """Open an empty draft."""
        self.request = services.start_application(
            customer=self.applicant.customer, start_key=uuid4(), by=self.applicant, at=self.now
        )

    def choose_site(self) -> None:
        """The customer's first service point."""
        point = usage_points_of(self.applicant.customer).first()
        assert point is not None
        services.choose_site(request=self.request, usage_point=point, by=self.applicant)

    def add_solar(self) -> None:
        """Ten certified microinverters, 250 W each."""
        services.add_equipment(
            request=self.fresh(),
            equipment=search_equipment("ABB MICRO-0.25")[0],
            kind="pv",
            quantity=10,
            by=self.applicant,
        )

    def describe(self) -> None:
        """Export up to 2 kW; the inverter speaks IEEE 2030.5."""
        services.describe_operation(
            request=self.fresh(),
            export_limit_w=Decimal(2_000),
            communication_protocol=self.protocol,
            provider=None,
            wanted_on=date(2027, 3, 1),
            notes="",
            by=self.applicant,
        )

    def accept(self) -> None:
        """Accept the tariff with its exact text."""
        version = self._version()
        services.accept_tariff(
            request=self.fresh(),
            version=version,
            name=str(self.applicant),
            text_sha256=text_to_accept(version).sha256,
            by=self.applicant,
            at=self.now,
        )

    def _version(self) -> TariffVersion:
        offers = offers_to(self.fresh(), at=self.now)
        fits = [offer.version for offer in offers if offer.is_eligible]
        named = [version for version in fits if version.tariff.code == self.tariff]
        return (named or fits)[0]

    def upload(self) -> None:
        """A one-page PDF."""
        services.upload_diagram(
            request=self.fresh(), upload=diagram_pdf(), by=self.applicant, at=self.now
        )

    def submit(self) -> None:
        """Send it."""
        services.submit_application(request=self.fresh(), by=self.applicant, at=self.now)

    def ask(self) -> None:
        """Support misses something on the diagram."""
        services.request_information(
            request=self.fresh(),
            problems={"diagram": "The AC disconnect switch is missing on the diagram."},
            note="Please upload a corrected one-line diagram.",
            by=self.support,
            at=self.now,
        )

    def complete(self) -> None:
        """Support finds it complete."""
        services.confirm_complete(request=self.fresh(), note="", by=self.support, at=self.now)

    def approve_engineering(self) -> None:
        """Engineering approves."""
        services.approve_engineering(
            request=self.fresh(), reason="All screens pass.", by=self.engineer, at=self.now
        )

    def hold(self) -> None:
        """Operations holds for a transformer."""
        request = self.fresh()
        feeder = request.der.usage_point.network_connection.transformer.feeder
        upgrade = engineering.plan_network_upgrade(
            name=f"{feeder.name}: larger service transformer",
            description="The service transformer is replaced by a larger one.",
            feeder_mrid=feeder.mrid,
            expected_on=date(2027, 4, 30),
            cost_estimate=Decimal(48_000),
            currency="USD",
            by=self.operator,
            at=self.now,
        )
        services.hold_for_network_upgrade(
            request=request,
            upgrade=upgrade,
            reason="The service transformer would be loaded above its rating.",
            by=self.operator,
            at=self.now,
        )

    def approve_operations(self) -> None:
        """Operations confirms; the agreement is offered."""
        services.approve_operations(
            request=self.fresh(), reason="Within limits.", by=self.operator, at=self.now
        )

    def sign(self) -> None:
        """The customer signs."""
        request = self.fresh()
        services.sign_agreement(
            request=request,
            name=str(self.applicant),
            text_sha256=offered_agreement(request).sha256,
            by=self.applicant,
            at=self.now,
        )

    def report(self) -> None:
        """The system is installed."""
        services.report_installation(
            request=self.fresh(), note="Ready for your visit.", by=self.applicant, at=self.now
        )

    def verify(self) -> None:
        """The crew passes it; communication was tried before."""
        services.record_communication_test(
            request=self.fresh(), note="Read over IEEE 2030.5.", by=self.engineer, at=self.now
        )
        order = work_orders_of(self.request.mrid)[0]
        services.pass_verification(
            order=order,
            findings=[Finding(item.pk, "pass", "as expected") for item in order.items.all()],
            serial_numbers={},
            note="",
            by=self.crew,
            at=self.now,
        )

    def decline(self) -> None:
        """Engineering declines."""
        services.decline(
            request=self.fresh(),
            reason="The service drop is shared; the limit of 20 kW is exceeded.",
            by=self.engineer,
            at=self.now,
        )

    def withdraw(self) -> None:
        """The applicant gives up."""
        services.withdraw(request=self.fresh(), reason="We moved.", by=self.applicant, at=self.now)


DRAFT: list[Step] = [Journey.start]
FILLED: list[Step] = [
    *DRAFT,
    Journey.choose_site,
    Journey.add_solar,
    Journey.describe,
    Journey.accept,
    Journey.upload,
]
SENT: list[Step] = [*FILLED, Journey.submit]
COMPLETE: list[Step] = [*SENT, Journey.complete]
APPROVED: list[Step] = [*COMPLETE, Journey.approve_engineering]
OFFERED: list[Step] = [*APPROVED, Journey.approve_operations]
SIGNED: list[Step] = [*OFFERED, Journey.sign]
BUILT: list[Step] = [*SIGNED, Journey.report]
PATHS: dict[str, list[Step]] = {
    "draft": DRAFT,
    "filled": FILLED,
    "completeness_review": SENT,
    "information_needed": [*SENT, Journey.ask],
    "engineering_review": COMPLETE,
    "operations_review": APPROVED,
    "held_for_upgrade": [*APPROVED, Journey.hold],
    "agreement_offered": OFFERED,
    "construction": SIGNED,
    "verification": BUILT,
    "permission_to_operate": [*BUILT, Journey.verify],
    "declined": [*COMPLETE, Journey.decline],
    "withdrawn": [*SENT, Journey.withdraw],
}
Walk = Callable[..., ServiceRequest]


@pytest.fixture
def journey(maria: User, susan: User, erik: User, olivia: User, frank: User) -> Walk:
    """``journey("operations_review")`` makes a request of Maria's in that state.

    ``journey(state, applicant=other)`` takes another customer; ``at=`` another start.
    """

    def walk(state: str, *, applicant: User = maria, at: datetime = EARLIER) -> ServiceRequest:
        return Journey(applicant, susan, erik, olivia, frank, now=at).go_to(state)

    return walk
