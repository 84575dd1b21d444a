"""The interoperability test kit against the portal, over real HTTP: as a DERMS, as a third party's
Customer Support, and as work management (M2)."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import connection
from lxml import etree

from customers.selectors import Provider, User, usage_points_of
from customers.services import give_consent
from derms_simulator.picture import DER_NOUNS
from derportal.api import throttling
from derportal.inbound import TABLE
from enrollment.selectors import offered_agreement
from enrollment.services import plan_upgrade
from exchange.models import Endpoint
from exchange.services import drain, issue_client_credentials
from exchange.tests.factories import make_endpoint, make_third_party
from interop.__main__ import main
from interop.procedure import Step, load
from workorders.selectors import work_orders_of

from .journey import Walk
from .people import EARLIER
from .test_fig_3_1_derms_is_told import Enrollment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_throttle() -> None:
    throttling._counts.clear()


@dataclass
class Kit:
    """The command, with the credentials of an endpoint."""

    url: str
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def run(self, endpoint: Endpoint, *words: str, **given: object) -> int:
        """Its exit code; ``given`` are the things that procedures need."""
        issued = issue_client_credentials(endpoint=endpoint, by=None)
        self.monkeypatch.setenv("PORTAL_CLIENT_ID", issued.client_id)
        self.monkeypatch.setenv("PORTAL_CLIENT_SECRET", issued.client_secret)
        reports = ["--junit", str(self.junit), "--html", str(self.folder / "report.html")]
        needs = [f"{name.replace('_', ' ')}={value}" for name, value in given.items()]
        options = [option for need in needs for option in ("--given", need)]
        return main(["portal", "--url", self.url, *reports, *options, *words])

    @property
    def junit(self) -> Path:
        return self.folder / "junit.xml"

    def ended(self) -> dict[str, str]:
        """How each procedure ended, with what failed."""
        cases = etree.parse(str(self.junit)).iter("testcase")
        return {
            str(case.get("name")).split(":")[0]: "; ".join(
                " ".join(
                    ("skipped" if each.tag == "skipped" else "failed", str(each.get("message")))
                )
                for each in case
            )
            or "passed"
            for case in cases
        }


@pytest.fixture
def kit(live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kit:
    return Kit(live_server.url, tmp_path, monkeypatch)


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return f"127.0.0.1:{door.getsockname()[1]}"


@contextmanager
def delivering(endpoint: Endpoint) -> Iterator[None]:
    """A worker beside the test: what waits for the endpoint is delivered."""
    is_over = Event()

    def work() -> None:
        try:
            while not is_over.wait(0.1):
                drain(endpoint_id=endpoint.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as worker:
        done = worker.submit(work)
        try:
            yield
        finally:
            is_over.set()
            done.result()


# These need another way to prove who sends: tests/test_ways_to_send.py runs them.
OTHER_WAYS = {"P34-signature": "a signature", "P35-certificate": "a certificate"}


def every(role: str) -> dict[str, str]:
    return {
        each.id: "passed"
        for each in load("portal")
        if each.role == role and each.id not in OTHER_WAYS
    }


def test_the_portal_passes_every_procedure_of_a_derms(kit: Kit, journey: Walk) -> None:
    listen = free_address()
    endpoint, stranger = make_endpoint(url=f"http://{listen}/"), make_third_party()
    der = journey("permission_to_operate").proposed_der
    foreign = {"a_foreign_DER": stranger.mrid}
    with delivering(endpoint):
        assert kit.run(endpoint, "--listen", listen, **foreign) == 0
    ended = kit.ended()
    assert all(need in ended.pop(name) for name, need in OTHER_WAYS.items())
    assert ended == every("derms")
    page = (kit.folder / "report.html").read_text(encoding="utf-8")
    passed, count = len(every("derms")), len(every("derms")) + len(OTHER_WAYS)
    assert f"{passed} of {count} procedures passed" in page
    # What exists but belongs to somebody else is answered in the same way.
    words = ("--only", "P11-foreign-object")
    assert kit.run(stranger, *words, a_foreign_DER=der.mrid) == 0
    assert kit.run(endpoint, *words, a_foreign_DER=der.mrid) == 1


def test_the_portal_passes_every_procedure_of_a_third_party(
    kit: Kit,
    gridpool: Provider,
    maria: User,
    stranger: User,
    susan: User,
    erik: User,
    olivia: User,
    frank: User,
) -> None:
    endpoint = make_third_party("GridPool Customer Support", gridpool.mrid)
    offered = Enrollment(maria, susan, erik, olivia, frank)
    offered.until("agreement_offered")
    member = Enrollment(stranger, susan, erik, olivia, frank, provider=gridpool)
    member.until("verification")
    member.now = datetime.now(UTC)
    der = member.visit()
    give_consent(
        customer=maria.customer,
        provider=gridpool,
        may_accept_agreements=True,
        by=maria,
        at=EARLIER,
    )
    point = usage_points_of(maria.customer).select_related("account").get()
    request = offered.fresh()
    code = kit.run(
        endpoint,
        "--role",
        "third party",
        the_DER=der.mrid,
        the_account=point.account.number,
        the_usage_point=point.name,
        the_offered_DER=request.proposed_der.mrid,
        the_offered_request=request.mrid,
        the_agreement_text=offered_agreement(request).sha256,
    )
    assert offered.fresh().state == "verification"
    assert kit.ended() == every("third party")
    assert code == 0


def test_the_portal_passes_every_procedure_of_work_management(
    kit: Kit, journey: Walk, maria: User, stranger: User, olivia: User
) -> None:
    endpoint = make_endpoint("Work management", kind="work_management")
    people = (stranger, maria, stranger)
    reviews = [journey("engineering_review", applicant=each) for each in people]
    visits = [journey("verification", applicant=each) for each in people]
    feeder = reviews[0].der.usage_point.network_connection.transformer.feeder
    upgrades = [
        plan_upgrade(
            name=name,
            description="",
            feeder_mrid=feeder.mrid,
            expected_on=date(2027, 4, 30),
            by=olivia,
            at=EARLIER,
        )
        for name in ("A larger transformer", "A second line")
    ]
    needed = {
        "work_request": [each.mrid for each in reviews],
        "order": [work_orders_of(each.mrid)[0].mrid for each in visits],
        "upgrade": [each.mrid for each in upgrades],
    }
    given = {
        f"{which}_{what}": mrid
        for what, mrids in needed.items()
        for which, mrid in zip(("the", "another", "a_third"), mrids, strict=False)
    }
    code = kit.run(endpoint, "--role", "work management", **given)
    assert kit.ended() == every("work management")
    assert code == 0


def sends(step: Step) -> set[tuple[str, str]]:
    """Verb and noun of what a step sends, and of its operations."""
    whole = tuple(step.send.split(" ", 1)) if step.send else ()
    return {
        *((each.verb, each.noun) for each in step.operations),
        *([(whole[0], whole[1])] if whole else []),
    }


def exchanges(side: str, *results: str) -> set[tuple[str, str]]:
    """What the procedures of a side send and expect to be answered so."""
    steps = (step for each in load(side) for step in each.steps)
    return {
        found for step in steps if set(step.expect.result) == set(results) for found in sends(step)
    }


def test_every_line_of_the_inbound_table_has_a_procedure_that_passes_and_one_that_is_refused() -> (
    None
):
    assert set(TABLE) <= exchanges("portal", "OK")
    refused = {noun for _, noun in exchanges("portal", "FAILED")}
    assert {noun for _, noun in TABLE} <= refused


# What the portal tells or asks other systems; a new one gets a procedure and a line here.
_WORK = ("create", "change", "close", "created", "changed", "closed")
OUTBOUND = {
    *((verb, noun) for noun in DER_NOUNS for verb in ("created", "changed", "deleted")),
    ("changed", "ServiceRequests"),
    *((verb, "CustomerAgreements") for verb in ("created", "changed", "canceled", "closed")),
    *((verb, "WorkRequests") for verb in ("create", "change", "cancel", "close")),
    *((verb, "WorkRequests") for verb in ("created", "changed", "canceled")),
    *((verb, "ServiceOrders") for verb in ("create", "cancel", "close")),
    *((verb, "ServiceOrders") for verb in ("created", "canceled", "closed")),
    *((verb, "MaintenanceOrders") for verb in _WORK),
}


def test_everything_that_the_portal_sends_has_a_procedure_that_passes() -> None:
    assert exchanges("derms", "OK") >= OUTBOUND


def test_what_was_not_given_is_skipped_and_said(kit: Kit, journey: Walk) -> None:
    endpoint = make_endpoint()
    assert kit.run(endpoint, "--only", "P01-get-der", "--only", "P10-unknown-object") == 0
    assert kit.ended() == {
        "P01-get-der": "skipped it needs the DER; see --given",
        "P10-unknown-object": "passed",
    }
