"""Applications in every state, made by walking the real journey through the services."""

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from django.core.files.uploadedfile import SimpleUploadedFile
from reportlab.pdfgen.canvas import Canvas

from customers import services as customers
from customers.selectors import Customer, Provider, User, providers, usage_points_named
from engineering import services as engineering
from enrollment import services as enrollment
from enrollment.selectors import ServiceRequest, offered_agreement
from registry.selectors import Equipment, search_equipment
from tariffs.selectors import TariffVersion, text_to_accept
from workorders.selectors import work_orders_of
from workorders.services import Finding

from .scenarios import SCENARIOS, Scenario

DEMO_NAMESPACE = UUID("6c0b7f5e-54d2-4f0e-9b0e-0d6f5a3c1e11")
SUSAN, ERIK = "susan@alder-valley.example", "erik@alder-valley.example"
OLIVIA, FRANK = "olivia@alder-valley.example", "frank@alder-valley.example"


def load_applications(*, people: dict[str, User], at: datetime) -> int:
    """Walk every scenario once; returns how many applications there are."""
    for scenario in sorted(SCENARIOS, key=lambda each: -each.days_ago):  # as time passed
        if not ServiceRequest.objects.filter(start_key=_key(scenario)).exists():
            Walk(scenario, people, at - timedelta(days=scenario.days_ago)).run()
    return ServiceRequest.objects.count()


def _key(scenario: Scenario) -> UUID:
    return uuid5(DEMO_NAMESPACE, scenario.email)


class Walk:
    """Takes one request from draft to the state its scenario ends in, step by step."""

    def __init__(self, scenario: Scenario, people: dict[str, User], start: datetime) -> None:
        self.scenario, self.people, self.now = scenario, people, start
        self.user = self._user()
        self.request = self._start()

    def run(self) -> None:
        """Do the steps in order until the wanted state is reached."""
        for step in self._steps():
            if self.request.state == self.scenario.until:
                return
            self.now += timedelta(hours=7)
            self.request = step() or self.request

    def _user(self) -> User:
        first, last = self.scenario.name.split(" ", 1)
        found, created = User.objects.get_or_create(
            email=self.scenario.email, defaults={"first_name": first, "last_name": last}
        )
        if created:
            found.set_unusable_password()
            found.save()
        return found

    def _start(self) -> ServiceRequest:
        customer = customers.register_customer(
            user=self.user, name=self.scenario.name, phone="+1 555 010 0142"
        )
        number = self.scenario.point.replace("SP-", "AC-")
        customers.link_account(
            customer=customer, account_number=number, usage_point_name=self.scenario.point
        )
        self._consent(customer)
        return enrollment.start_application(
            customer=customer, start_key=_key(self.scenario), by=self.user, at=self.now
        )

    def _consent(self, customer: Customer) -> None:
        if self.scenario.until == "draft":
            installer = providers("installer").get(name="BrightRoof Solar")
            customers.give_consent(
                customer=customer,
                provider=installer,
                may_accept_agreements=False,
                by=self.user,
                at=self.now,
            )

    def _steps(self) -> list[Callable[[], ServiceRequest | None]]:
        early = [self._apply, self._submit]
        if self.scenario.until == "information_needed":
            return [*early, self._ask]
        reviewed = [*early, self._complete]
        if self.scenario.until == "declined":
            return [*reviewed, self._decline]
        approved = [*reviewed, self._approve_engineering]
        if self.scenario.until == "held_for_upgrade":
            return [*approved, self._hold]
        return [*approved, self._approve_operations, self._sign, self._report, self._verify]

    def _apply(self) -> None:
        enrollment.choose_site(
            request=self.request,
            usage_point=usage_points_named([self.scenario.point])[self.scenario.point],
            by=self.user,
        )
        enrollment.add_equipment(
            request=self.request,
            equipment=self._inverter(),
            kind="pv",
            quantity=self.scenario.quantity,
            by=self.user,
        )
        self._add_battery()
        self._describe()
        self._accept()
        enrollment.upload_diagram(
            request=self.request, upload=one_line_diagram(), by=self.user, at=self.now
        )

    def _inverter(self) -> Equipment:
        low, high = (0, 400) if self.scenario.words == "Enphase" else (2_500, 10_000)
        listed = search_equipment(self.scenario.words, kind="pv", limit=500)
        return next(unit for unit in listed if low < unit.active_power_max_rating_w <= high)

    def _add_battery(self) -> None:
        if self.scenario.battery_wh:
            enrollment.add_equipment(
                request=self.request,
                equipment=search_equipment("SMA SBS5.0", kind="storage").get(),
                kind="storage",
                energy_capacity_wh=Decimal(self.scenario.battery_wh),
                by=self.user,
            )

    def _describe(self) -> None:
        enrollment.describe_operation(
            request=self._fresh(),
            export_limit_w=Decimal(10_000),
            communication_protocol="ieee_2030_5",
            provider=self._provider(),
            wanted_on=date(2027, 3, 1),
            notes="",
            by=self.user,
        )

    def _provider(self) -> Provider | None:
        return providers("third_party").get(name="GridPool") if self.scenario.third_party else None

    def _accept(self) -> None:
        version = TariffVersion.objects.filter(tariff__code=self.scenario.tariff).latest("id")
        enrollment.accept_tariff(
            request=self._fresh(),
            version=version,
            name=self.scenario.name,
            text_sha256=text_to_accept(version).sha256,
            by=self.user,
            at=self.now,
        )

    def _fresh(self) -> ServiceRequest:
        return ServiceRequest.objects.get(pk=self.request.pk)

    def _submit(self) -> ServiceRequest:
        return enrollment.submit_application(request=self._fresh(), by=self.user, at=self.now)

    def _ask(self) -> ServiceRequest:
        return enrollment.request_information(
            request=self.request,
            problems={"diagram": "The AC disconnect switch is missing on the diagram."},
            note="Please upload a corrected one-line diagram.",
            by=self.people[SUSAN],
            at=self.now,
        )

    def _complete(self) -> ServiceRequest:
        return enrollment.confirm_complete(
            request=self.request, note="", by=self.people[SUSAN], at=self.now
        )

    def _decline(self) -> ServiceRequest:
        return enrollment.decline(
            request=self.request,
            reason="The service drop is shared; the limit of 20 kW is exceeded.",
            by=self.people[ERIK],
            at=self.now,
        )

    def _approve_engineering(self) -> ServiceRequest:
        return enrollment.approve_engineering(
            request=self.request,
            reason="All screens pass.",
            by=self.people[ERIK],
            at=self.now,
        )

    def _hold(self) -> ServiceRequest:
        feeder = self.request.proposed_der.usage_point.network_connection.transformer.feeder
        upgrade = engineering.plan_network_upgrade(
            name=f"{feeder.name}: larger service transformer",
            description="The service transformer is replaced by a larger one.",
            feeder_mrid=feeder.mrid,
            expected_on=date(2027, 4, 30),
            cost_estimate=Decimal(48_000),
            currency="USD",
            by=self.people[OLIVIA],
            at=self.now,
        )
        return enrollment.hold_for_network_upgrade(
            request=self.request,
            upgrade=upgrade,
            reason="Voltage at the end of the line would rise above its limit without the upgrade.",
            by=self.people[OLIVIA],
            at=self.now,
        )

    def _approve_operations(self) -> ServiceRequest:
        return enrollment.approve_operations(
            request=self.request,
            reason="Voltage and loading stay within limits.",
            by=self.people[OLIVIA],
            at=self.now,
        )

    def _sign(self) -> ServiceRequest:
        return enrollment.sign_agreement(
            request=self.request,
            name=self.scenario.name,
            text_sha256=offered_agreement(self.request).sha256,
            by=self.user,
            at=self.now,
        )

    def _report(self) -> ServiceRequest:
        return enrollment.report_installation(
            request=self.request, note="Ready for your visit.", by=self.user, at=self.now
        )

    def _verify(self) -> ServiceRequest:
        if self.request.communication_proven_at is None:
            enrollment.record_communication_test(
                request=self.request,
                note="Read over IEEE 2030.5.",
                by=self.people[ERIK],
                at=self.now,
            )
        order = work_orders_of(self.request.mrid)[0]
        return enrollment.pass_verification(
            order=order,
            findings=[Finding(item.pk, "pass", "as expected") for item in order.items.all()],
            serial_numbers={},
            note="",
            by=self.people[FRANK],
            at=self.now,
        )


def one_line_diagram() -> SimpleUploadedFile:
    """A small one-line diagram as a PDF."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(420, 200))
    canvas.drawString(20, 170, "One-line diagram (demo)")
    for index, label in enumerate(("PV", "Inverter", "AC disconnect", "Meter", "Grid")):
        canvas.rect(15 + index * 80, 90, 66, 30)
        canvas.drawCentredString(48 + index * 80, 101, label)
        canvas.line(81 + index * 80, 105, 95 + index * 80, 105)
    canvas.save()
    return SimpleUploadedFile("one-line.pdf", out.getvalue(), content_type="application/pdf")
