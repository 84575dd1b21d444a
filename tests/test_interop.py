"""The interoperability test kit in a DERMS's place against the portal, over real HTTP (M2)."""

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from derportal.api import throttling
from exchange.services import issue_client_credentials
from exchange.tests.factories import make_endpoint, make_third_party
from interop.__main__ import main
from interop.procedure import load

from .journey import Walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_throttle() -> None:
    throttling._counts.clear()


def _ended(file: Path) -> dict[str, str]:
    cases = etree.parse(str(file)).iter("testcase")
    return {
        case.get("name").split(":")[0]: " ".join(
            [each.tag for each in case] + [each.get("message", "") for each in case]
        )
        or "passed"
        for case in cases
    }


def test_the_portal_passes_every_procedure(
    live_server: Any, journey: Walk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    endpoint, stranger = make_endpoint(), make_third_party()
    issued = issue_client_credentials(endpoint=endpoint, by=None)
    der = journey("permission_to_operate").proposed_der
    monkeypatch.setenv("PORTAL_CLIENT_ID", issued.client_id)
    monkeypatch.setenv("PORTAL_CLIENT_SECRET", issued.client_secret)
    file, page = tmp_path / "junit.xml", tmp_path / "report.html"
    words = ["portal", "--url", live_server.url, "--junit", str(file), "--html", str(page)]
    # For the other endpoint, the first one's DER is foreign: no answer may tell.
    assert main([*words, "--only", "P01-get-der"]) == 0
    theirs = issue_client_credentials(endpoint=stranger, by=None)
    monkeypatch.setenv("PORTAL_CLIENT_ID", theirs.client_id)
    monkeypatch.setenv("PORTAL_CLIENT_SECRET", theirs.client_secret)
    assert (
        main([*words, "--given", f"a foreign DER={der.mrid}", "--only", "P11-foreign-object"]) == 0
    )
    monkeypatch.setenv("PORTAL_CLIENT_ID", issued.client_id)
    monkeypatch.setenv("PORTAL_CLIENT_SECRET", issued.client_secret)
    code = main([*words, "--given", f"a foreign DER={stranger.mrid}"])
    assert _ended(file) == {each.id: "passed" for each in load("portal")}
    assert code == 0
    assert f"{len(load('portal'))} of {len(load('portal'))} procedures passed" in page.read_text()
