"""The interoperability test kit against the portal, over real HTTP: as a DERMS, as a third party's
Customer Support, and as work management (M2)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from customers.selectors import Provider, User, usage_points_of
from customers.services import give_consent
from derportal.api import throttling
from enrollment.services import plan_upgrade
from exchange.models import Endpoint
from exchange.services import issue_client_credentials
from exchange.tests.factories import make_endpoint, make_third_party
from interop.__main__ import main
from interop.procedure import load
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


# These need another way to prove who sends: tests/test_ways_to_send.py runs them.
OTHER_WAYS = {"P34-signature": "a signature", "P35-certificate": "a certificate"}


def every(role: str) -> dict[str, str]:
    return {
        each.id: "passed"
        for each in load("portal")
        if each.role == role and each.id not in OTHER_WAYS
    }


def test_the_portal_passes_every_procedure_of_a_derms(kit: Kit, journey: Walk) -> None:
    endpoint, stranger = make_endpoint(), make_third_party()
    der = journey("permission_to_operate").proposed_der
    foreign = {"a_foreign_DER": stranger.mrid}
    assert kit.run(endpoint, **foreign) == 0
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
    member = Enrollment(stranger, susan, erik, olivia, frank, provider=gridpool)
    member.until("verification")
    member.now = datetime.now(UTC)
    der = member.visit()
    give_consent(
        customer=maria.customer,
        provider=gridpool,
        may_accept_agreements=False,
        by=maria,
        at=EARLIER,
    )
    point = usage_points_of(maria.customer).select_related("account").get()
    code = kit.run(
        endpoint,
        "--role",
        "third party",
        the_DER=der.mrid,
        the_account=point.account.number,
        the_usage_point=point.name,
    )
    assert kit.ended() == every("third party")
    assert code == 0


def test_the_portal_passes_every_procedure_of_work_management(
    kit: Kit, journey: Walk, stranger: User, olivia: User
) -> None:
    endpoint = make_endpoint("Work management", kind="work_management")
    review = journey("engineering_review", applicant=stranger)
    order = work_orders_of(journey("verification").mrid)[0]
    upgrade = plan_upgrade(
        name="A larger transformer",
        description="",
        feeder_mrid=review.der.usage_point.network_connection.transformer.feeder.mrid,
        expected_on=date(2027, 4, 30),
        by=olivia,
        at=EARLIER,
    )
    given = {"the_order": order.mrid, "the_work_request": review.mrid, "the_upgrade": upgrade.mrid}
    code = kit.run(endpoint, "--role", "work management", **given)
    assert kit.ended() == every("work management")
    assert code == 0


def test_what_was_not_given_is_skipped_and_said(kit: Kit, journey: Walk) -> None:
    endpoint = make_endpoint()
    assert kit.run(endpoint, "--only", "P01-get-der", "--only", "P10-unknown-object") == 0
    assert kit.ended() == {
        "P01-get-der": "skipped it needs the DER; see --given",
        "P10-unknown-object": "passed",
    }
