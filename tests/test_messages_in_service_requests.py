"""A third party's Customer Support files an application by messages, over the wire (F32-A).

GridPool acts for Maria with her consent, exactly as an installer's people do on the pages. What
the pages refuse is refused here, with an IEC 61968-100 code and the object to blame.
"""

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from django.utils import timezone

from cim.envelope import Header, ReplyResult, Verb
from cim.envelope_out import request_message
from cim.operations import Operation, OperationSet
from cim.operations import to_element as operations_element
from cim.profiles import customer_agreements, service_requests
from cim.profiles.common import Name
from cim.profiles.customer_agreements import CustomerAgreement
from cim.profiles.end_device_config import DerUnitFacts
from cim.profiles.parts import Named, Status
from cim.profiles.service_requests import (
    Acceptance,
    Attachment,
    Customer,
    EndDevice,
    PricingStructure,
    ServiceRequest,
    ServiceRequestKind,
)
from cim.xml import serialize
from customers.selectors import Provider, User, usage_points_of
from customers.services import give_consent, revoke_consent
from derportal.api import throttling
from engineering.services import plan_network_upgrade
from enrollment import services
from enrollment.models import ServiceRequest as Row
from enrollment.selectors import offered_agreement, offers_to, timeline_of
from exchange.tests.factories import make_endpoint, make_third_party, make_token
from registry.selectors import search_equipment
from tariffs.selectors import current_agreement, text_to_accept, version_of_code

from .factories import diagram_pdf, make_provider
from .people import EARLIER
from .systems import System, codes, errors_of

pytestmark = pytest.mark.django_db(transaction=True)
POINT = "SP-00012"


@pytest.fixture(autouse=True)
def _fresh_throttle() -> None:
    throttling._counts.clear()


@pytest.fixture
def support(live_server: Any, gridpool: Provider) -> System:
    """GridPool's Customer Support."""
    endpoint = make_third_party("GridPool Customer Support", gridpool.mrid)
    return System(endpoint, live_server.url)


@pytest.fixture
def gridpool_consent(maria: User, gridpool: Provider) -> None:
    """Maria lets GridPool act for her and accept agreements."""
    consent(maria, gridpool)


def consent(customer: User, provider: Provider, *, may_accept: bool = True) -> None:
    give_consent(
        customer=customer.customer,
        provider=provider,
        may_accept_agreements=may_accept,
        by=customer,
        at=EARLIER,
    )


def account_of(user: User) -> str:
    point = usage_points_of(user.customer).select_related("account").get()
    assert point.account is not None
    return point.account.number


def unit() -> DerUnitFacts:
    """Ten of a certified microinverter, known by make and model."""
    listed = search_equipment("ABB MICRO-0.25")[0]
    return DerUnitFacts(
        mrid=str(uuid4()),
        type="pv",
        quantity=10,
        manufacturer=listed.manufacturer.upper(),
        model=listed.model,
        active_power_max_rating_w=listed.active_power_max_rating_w,
    )


def accepted(code: str = "CA-NBT", *, name: str = "Maria Alvarez") -> dict[str, Any]:
    """The tariff with the hash of the text that the customer read."""
    version = version_of_code(code, "", on=timezone.now().date())
    assert version is not None
    return {
        "pricing_structure": PricingStructure(code=code, revision_number=version.version),
        "customer_agreement": Acceptance(
            signed_by=name,
            signed_date_time=timezone.now(),
            text_sha256=text_to_accept(version).sha256,
        ),
    }


def application(user: User, **facts: Any) -> ServiceRequest:
    """Maria's application as GridPool writes it; without the acceptance of a tariff."""
    device = EndDevice(
        export_limit_w=Decimal(2_000), communication_protocol="IEEE 2030.5", units=(unit(),)
    )
    paper = Attachment(
        content=base64.b64encode(diagram_pdf().read()).decode(),
        media_type="application/pdf",
        title="one-line.pdf",
        type="one_line_diagram",
    )
    defaults: dict[str, Any] = {
        "mrid": str(uuid4()),
        "kind": ServiceRequestKind.OTHER,
        "comment": "South roof.",
        "requested_in_service_date": timezone.now().date() + timedelta(days=60),
        "customer": Customer(customer_account=Named(names=(Name(account_of(user)),))),
        "usage_point": Named(names=(Name(POINT),)),
        "end_devices": (device,),
        "attachments": (paper,),
    }
    return ServiceRequest(**{**defaults, **facts})


def filed(support: System, *facts: ServiceRequest, verb: Verb = Verb.CREATE) -> Any:
    return support.send(verb, "ServiceRequests", service_requests.to_element(facts))


def row(facts: ServiceRequest) -> Row:
    return Row.objects.get(mrid=facts.mrid)


class TestFiling:
    def test_an_application_with_an_accepted_tariff_is_sent_at_once(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        facts = application(maria, **accepted())
        answer = filed(support, facts)
        assert (support.status, answer.reply.result) == (200, ReplyResult.OK)
        request = row(facts)
        assert request.state == "completeness_review"
        assert [(each.kind, each.value) for each in answer.reply.ids] == [
            ("uuid", facts.mrid),
            ("transaction", request.reference),
        ]
        assert request.notes == "South roof."
        der = request.proposed_der
        assert (der.usage_point.name, der.export_limit_w) == (POINT, Decimal(2_000))
        made = der.units.get()
        assert (made.quantity, made.is_certified) == (10, True)
        agreement = current_agreement(der)
        assert agreement is not None
        assert agreement.accepted_name == "Maria Alvarez"
        assert timeline_of(request)[0].by.provider == support_provider(support)
        assert support.row().object_mrid == facts.mrid

    def test_without_an_acceptance_the_draft_waits_for_the_customer(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        facts = application(maria)
        answer = filed(support, facts)
        assert answer.reply.result is ReplyResult.OK
        assert codes(answer) == ["6.2"]
        assert row(facts).state == "draft"

    def test_a_copy_files_nothing_twice(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        filed(support, application(maria, **accepted()))
        first = support.answer
        support.post(support.sent)
        assert support.answer == first
        assert Row.objects.count() == 1
        assert support.row().duplicate_count == 1

    def test_twenty_copies_at_once_file_one_application(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        facts = application(maria, **accepted())
        header = Header(verb=Verb.CREATE, noun="ServiceRequests", message_id=str(uuid4()))
        body = serialize(request_message(header, service_requests.to_element([facts])))
        token = make_token(support.endpoint, "message:send")
        with ThreadPoolExecutor(10) as pool:
            answers = set(pool.map(lambda _: posted(support.url, token, body), range(20)))
        assert len(answers) == 1
        assert Row.objects.count() == 1
        assert len(support.told("ServiceRequests")) == 1

    def test_an_mrid_that_exists_is_refused(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        facts = application(maria)
        filed(support, facts)
        answer = filed(support, facts)
        error = answer.reply.errors[0]
        assert (error.code, error.level, error.id.value) == ("6.1", "FATAL", facts.mrid)
        assert error.id.object_type == "ServiceRequest"

    def test_two_of_which_one_is_bad_file_nothing(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        bad = application(maria, usage_point=Named(names=(Name("SP-99999"),)))
        answer = filed(support, application(maria), bad)
        assert (codes(answer), answer.reply.errors[0].id.value) == (["2.12"], bad.mrid)
        assert Row.objects.count() == 0

    def test_in_an_operation_set_the_good_one_is_filed(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        good, bad = application(maria), application(maria, requested_in_service_date=None)
        wanted = OperationSet(
            operations=tuple(
                Operation(
                    operation_id=number,
                    noun="ServiceRequests",
                    verb=Verb.CREATE,
                    payload=service_requests.to_element([facts]),
                )
                for number, facts in enumerate((good, bad), start=1)
            )
        )
        answer = support.send(Verb.EXECUTE, "OperationSet", operations_element(wanted))
        assert answer.reply.result is ReplyResult.PARTIAL
        assert [(each.code, each.operation_id) for each in answer.reply.errors] == [("6.1", 2)]
        assert [str(each.mrid) for each in Row.objects.all()] == [good.mrid]


def posted(url: str, token: str, body: bytes) -> bytes:
    """The answer to one POST on a connection of its own."""
    headers = {"Authorization": f"Bearer {token}"}
    return requests.post(f"{url}/cim/v1/messages", body, headers=headers, timeout=100).content


def support_provider(support: System) -> Provider:
    return Provider.objects.get(mrid=support.endpoint.owner_mrid)


class TestConsent:
    def test_without_consent_a_customer_is_like_one_that_does_not_exist(
        self, support: System, maria: User, stranger: User
    ) -> None:
        foreign = filed(support, application(maria))
        nobody = application(maria, customer=Customer(mrid=str(uuid4())))
        absent = filed(support, nobody)
        assert errors_of(foreign) == errors_of(absent)
        assert codes(absent) == ["7.5"]
        assert support.status == 403
        assert Row.objects.count() == 0

    def test_a_consent_that_ended_is_none(
        self, support: System, maria: User, gridpool: Provider, gridpool_consent: None
    ) -> None:
        facts = application(maria)
        filed(support, facts)
        revoke_consent(customer=maria.customer, provider=gridpool, by=maria, at=timezone.now())
        assert codes(filed(support, application(maria))) == ["7.5"]
        assert codes(support.send(Verb.GET, "ServiceRequests", None, facts.mrid)) == ["2.15"]

    def test_whoever_may_not_accept_agreements_cannot_accept_the_tariff(
        self, support: System, maria: User, gridpool: Provider
    ) -> None:
        consent(maria, gridpool, may_accept=False)
        answer = filed(support, application(maria, **accepted()))
        assert errors_of(answer) == [("7.5", "Only the customer can accept a tariff.")]
        assert Row.objects.count() == 0

    def test_a_dso_derms_files_nothing(self, live_server: Any, maria: User) -> None:
        derms = System(make_endpoint(), live_server.url)
        assert codes(filed(derms, application(maria))) == ["7.5"]

    def test_a_third_party_enrolls_nobody_in_a_program_of_another(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        other = make_provider("Rival Aggregation", "third_party")
        facts = application(maria, service_supplier=Named(mrid=str(other.mrid)))
        assert codes(filed(support, facts)) == ["2.20"]

    def test_its_own_program_it_may_name(
        self, support: System, maria: User, gridpool: Provider, gridpool_consent: None
    ) -> None:
        facts = application(maria, service_supplier=Named(names=(Name("GridPool"),)))
        filed(support, facts)
        assert row(facts).proposed_der.provider == gridpool


BAD: list[tuple[dict[str, Any], str]] = [
    ({"type": "Pool pump"}, "6.1"),
    ({"mrid": "not a uuid"}, "1.8"),
    ({"end_devices": (EndDevice(communication_protocol="smoke signals"),)}, "1.8"),
    ({"end_devices": (EndDevice(), EndDevice())}, "3.1"),
    ({"usage_point": None}, "6.1"),
    ({"attachments": (Attachment(
        content="AAAA", media_type="x", title="x", type="one_line_diagram"),)}, "6.1"),
]  # fmt: skip


class TestBadApplications:
    @pytest.mark.parametrize(("facts", "code"), BAD)
    def test_each_is_refused_by_its_rule(
        self,
        support: System,
        maria: User,
        gridpool_consent: None,
        facts: dict[str, Any],
        code: str,
    ) -> None:
        payload = service_requests.to_element([application(maria)])
        if "mrid" in facts:
            payload[0][0].text = facts["mrid"]
        else:
            payload = service_requests.to_element([application(maria, **facts)])
        answer = support.send(Verb.CREATE, "ServiceRequests", payload)
        assert answer.reply.result is ReplyResult.FAILED
        assert code in codes(answer)
        assert Row.objects.count() == 0
        assert support.row().state == "refused"

    def test_a_tariff_that_does_not_fit_says_why(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        draft = application(maria)
        filed(support, draft)
        offers = offers_to(row(draft), at=timezone.now())
        closed = next(each.version.tariff.code for each in offers if not each.is_eligible)
        answer = filed(support, application(maria, **accepted(closed)))
        assert answer.reply.errors
        assert set(codes(answer)) == {"2.33"}

    @pytest.mark.parametrize("quantity", [0, 1_001, 60_000])
    def test_a_quantity_out_of_bounds_is_named(
        self, support: System, maria: User, gridpool_consent: None, quantity: int
    ) -> None:
        facts = application(maria)
        device = replace(facts.end_devices[0], units=(replace(unit(), quantity=quantity),))
        answer = filed(support, replace(facts, end_devices=(device,)))
        assert codes(answer)[0] == "6.1"
        assert errors_of(answer)[0][1].startswith("quantity: ")

    def test_a_text_that_was_not_read_is_not_accepted(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        facts = application(maria, **accepted())
        assert facts.customer_agreement is not None
        other = replace(facts.customer_agreement, text_sha256="0" * 64)
        answer = filed(support, replace(facts, customer_agreement=other))
        assert codes(answer) == ["2.24"]

    def test_an_unknown_tariff_is_named(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        facts = application(maria, **accepted())
        answer = filed(support, replace(facts, pricing_structure=PricingStructure(code="NOPE")))
        assert codes(answer) == ["2.33"]

    def test_what_is_missing_for_sending_is_named(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        answer = filed(support, application(maria, **accepted(), attachments=()))
        assert errors_of(answer) == [("5.8", "Upload the one-line diagram.")]

    def test_no_payload_is_named(self, support: System) -> None:
        assert codes(support.send(Verb.CREATE, "ServiceRequests")) == ["1.7"]


class TestFollowing:
    def test_the_third_party_is_told_of_every_move(
        self, support: System, maria: User, gridpool_consent: None, susan: User, erik: User,
        olivia: User,
    ) -> None:  # fmt: skip
        facts = application(maria, **accepted())
        filed(support, facts)
        request = held(row(facts), susan, erik, olivia)
        told = [
            service_requests.from_element(message.payload)[0]
            for message in support.told("ServiceRequests", UUID(facts.mrid))
        ]
        words = [each.status.value for each in told]
        assert words == ["submitted", "inEngineeringReview", "inOperationsReview", "onHold"]
        assert told[-1].status.reason == "Larger cable first."
        assert [each.version for each in told] == [1, 2, 3, 4]
        answer = support.send(Verb.GET, "ServiceRequests", None, facts.mrid)
        assert errors_of(answer) == [("6.2", "waits for “A larger cable”")]
        resume(request, olivia)
        answer = support.send(Verb.GET, "ServiceRequests", None, facts.mrid)
        assert codes(answer) == ["6.3"]
        [now] = service_requests.from_element(answer.payload)
        assert (now.status.value, now.version) == ("inOperationsReview", 5)

    def test_a_character_that_no_message_can_carry_stops_nobody(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        facts = application(maria)
        filed(support, facts)
        services.withdraw(
            request=row(facts), reason="Sold\x0bthe house.", by=maria, at=timezone.now()
        )
        [told] = service_requests.from_element(support.told("ServiceRequests")[-1].payload)
        assert (told.status.value, told.status.reason) == ("withdrawn", "Sold?the house.")

    def test_nobody_is_told_of_an_application_that_the_customer_opened(
        self, support: System, gridpool_consent: None, journey: Any
    ) -> None:
        journey("engineering_review")
        assert support.told("ServiceRequests") == []

    def test_without_a_name_every_application_with_consent_is_told(
        self, support: System, maria: User, gridpool_consent: None, journey: Any, stranger: User
    ) -> None:
        mine = journey("completeness_review")
        journey("completeness_review", applicant=stranger)
        answer = support.send(Verb.GET, "ServiceRequests")
        told = service_requests.from_element(answer.payload)
        assert [each.mrid for each in told] == [str(mine.mrid)]
        by_reference = support.send(Verb.GET, "ServiceRequests", None, mine.reference)
        assert by_reference.reply.result is ReplyResult.OK

    def test_with_nothing_to_tell_the_payload_is_absent(self, support: System) -> None:
        answer = support.send(Verb.GET, "ServiceRequests")
        assert (answer.reply.result, answer.payload) == (ReplyResult.OK, None)


def held(request: Row, susan: User, erik: User, olivia: User) -> Row:
    """The request waits for a network upgrade."""
    now = timezone.now()
    services.confirm_complete(request=request, note="", by=susan, at=now)
    services.approve_engineering(request=request, reason="Passes.", by=erik, at=now)
    transformer = request.proposed_der.usage_point.network_connection.transformer
    upgrade = plan_network_upgrade(
        name="A larger cable", description="", feeder_mrid=transformer.feeder.mrid, by=olivia,
        expected_on=now.date(), cost_estimate=None, currency="USD", at=now,
    )  # fmt: skip
    return services.hold_for_network_upgrade(
        request=request, upgrade=upgrade, reason="Larger cable first.", by=olivia, at=now
    )


def resume(request: Row, olivia: User) -> None:
    """The upgrade is done."""
    now = timezone.now()
    assert request.held_for is not None
    services.complete_network_upgrade(
        upgrade=request.held_for, completed_on=now.date(), by=olivia, at=now
    )


class TestChanging:
    def test_a_draft_is_completed_and_sent(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        facts = application(maria)
        filed(support, facts)
        more = ServiceRequest(
            mrid=facts.mrid, kind=ServiceRequestKind.OTHER, comment="West roof.", **accepted()
        )
        answer = filed(support, more, verb=Verb.CHANGE)
        assert answer.reply.result is ReplyResult.OK
        request = row(facts)
        assert (request.state, request.notes) == ("completeness_review", "West roof.")
        assert request.proposed_der.export_limit_w == Decimal(2_000)

    def test_what_was_asked_for_is_mended(
        self, support: System, maria: User, gridpool_consent: None, susan: User
    ) -> None:
        facts = application(maria, **accepted())
        filed(support, facts)
        services.request_information(
            request=row(facts), problems={"diagram": "No switch."}, note="Please.", by=susan,
            at=timezone.now(),
        )  # fmt: skip
        assert support.told("ServiceRequests")[-1].payload is not None
        more = ServiceRequest(
            mrid=facts.mrid, kind=ServiceRequestKind.OTHER, attachments=facts.attachments
        )
        assert filed(support, more, verb=Verb.CHANGE).reply.result is ReplyResult.OK
        assert row(facts).state == "completeness_review"

    def test_what_nobody_asked_for_cannot_be_changed(
        self, support: System, maria: User, gridpool_consent: None
    ) -> None:
        facts = application(maria, **accepted())
        filed(support, facts)
        more = ServiceRequest(
            mrid=facts.mrid, kind=ServiceRequestKind.OTHER, end_devices=facts.end_devices
        )
        answer = filed(support, more, verb=Verb.CHANGE)
        assert codes(answer) == ["6.1"]

    def test_a_foreign_application_is_absent(
        self, support: System, stranger: User, maria: User, journey: Any
    ) -> None:
        mrid = str(journey("completeness_review", applicant=stranger).mrid)
        for verb in (Verb.CHANGE, Verb.CANCEL):
            answers = []
            for name in (mrid, str(uuid4())):
                facts = ServiceRequest(mrid=name, kind=ServiceRequestKind.OTHER)
                answers.append(errors_of(filed(support, facts, verb=verb)))
            assert answers[0] == answers[1] == [("2.15", "there is no such service request")]

    def test_it_is_withdrawn(self, support: System, maria: User, gridpool_consent: None) -> None:
        facts = application(maria)
        filed(support, facts)
        answer = support.send(Verb.CANCEL, "ServiceRequests", None, facts.mrid, comment="Sold.")
        assert answer.reply.result is ReplyResult.OK
        assert row(facts).state == "withdrawn"
        assert timeline_of(row(facts)).last().note == "Sold."
        again = support.send(Verb.CANCEL, "ServiceRequests", None, facts.mrid)
        assert codes(again) == ["6.1"]


class TestAgreements:
    def test_the_offered_agreement_is_signed_and_the_installation_announced(
        self, support: System, maria: User, gridpool_consent: None, journey: Any
    ) -> None:
        request = journey("agreement_offered")
        facts = CustomerAgreement(
            mrid=str(uuid4()),
            text_sha256=offered_agreement(request).sha256,
            end_devices=(Named(mrid=str(request.proposed_der.mrid)),),
        )
        payload = customer_agreements.to_element([facts])
        answer = support.send(Verb.CREATE, "CustomerAgreements", payload, user_id="Maria Alvarez")
        assert answer.reply.result is ReplyResult.OK, errors_of(answer)
        agreement = current_agreement(request.proposed_der)
        assert agreement is not None
        assert (str(agreement.mrid), agreement.accepted_name) == (
            answer.reply.ids[0].value,
            "Maria Alvarez",
        )
        installed = ServiceRequest(
            mrid=str(request.mrid),
            kind=ServiceRequestKind.OTHER,
            status=Status(value="installed", reason="Ready on Monday."),
        )
        filed(support, installed, verb=Verb.CHANGE)
        assert Row.objects.get(pk=request.pk).state == "verification"

    def test_another_text_is_not_signed(
        self, support: System, maria: User, gridpool_consent: None, journey: Any
    ) -> None:
        request = journey("agreement_offered")
        facts = CustomerAgreement(
            mrid=str(uuid4()), text_sha256="0" * 64, names=(Name(request.reference),)
        )
        answer = support.send(
            Verb.CREATE, "CustomerAgreements", customer_agreements.to_element([facts])
        )
        assert codes(answer) == ["2.24"]
        assert Row.objects.get(pk=request.pk).state == "agreement_offered"

    def test_a_foreign_agreement_is_absent(
        self, support: System, journey: Any, maria: User
    ) -> None:
        request = journey("agreement_offered")
        for name in (request.reference, "SR-0"):
            facts = CustomerAgreement(mrid=str(uuid4()), names=(Name(name),))
            answer = support.send(
                Verb.CREATE, "CustomerAgreements", customer_agreements.to_element([facts])
            )
            assert codes(answer) == ["2.24"]

    def test_a_derms_reads_the_agreement_of_a_der_that_was_published_for_it(
        self, live_server: Any, support: System, journey: Any
    ) -> None:
        derms = System(make_endpoint(), live_server.url)
        der = journey("permission_to_operate").proposed_der
        answer = derms.send(Verb.GET, "CustomerAgreements", None, str(der.mrid))
        [told] = customer_agreements.from_element(answer.payload)
        assert told.end_devices[0].mrid == str(der.mrid)
        assert (told.pricing_structures[0].code, told.status.value) == ("CA-NBT", "active")
        same = derms.send(Verb.GET, "CustomerAgreements", None, told.mrid)
        assert same.reply.result is ReplyResult.OK
        for mrid in (told.mrid, str(der.mrid), str(uuid4())):
            assert codes(support.send(Verb.GET, "CustomerAgreements", None, mrid)) == ["2.24"]
