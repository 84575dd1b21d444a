"""Work, requests and groups: kept as they were told, the newest version stands."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from lxml import etree

from cim.envelope import Verb
from cim.messages import build_event
from cim.tests.examples import DER_MRID, MESSAGE_ID
from cim.xml import parse
from derms_simulator.objects import merged, objects_in, without_members
from derms_simulator.tests.client import Sender

GOLDEN = Path(__file__).parents[2] / "cim" / "tests" / "golden"
MRID = "5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b8030"


def event(file: str, noun: str, verb: Verb, version: int | None = None) -> bytes:
    (payload,) = parse((GOLDEN / f"{file}.xml").read_bytes()).iterfind("{*}Payload")
    properties = {} if version is None else {"ObjectMRID": MRID, "ObjectVersion": str(version)}
    return build_event(
        noun,
        verb,
        payload[0],
        message_id=uuid4(),
        correlation_id=uuid4(),
        timestamp=datetime.now(UTC),
        source="derportal",
        context="TESTING",
        properties=properties,
    )


def order(verb: Verb, version: int | None = None) -> bytes:
    return event("create_service_orders", "ServiceOrders", verb, version)


def test_work_is_kept_and_shown(dso: Sender) -> None:
    assert dso.send(order(Verb.CREATED, 1)).is_ok
    assert dso.send(order(Verb.CLOSED, 2)).is_ok
    (told,) = dso.get("picture").json()["others"]
    assert (told["noun"], told["mrid"], told["verb"]) == ("ServiceOrders", MRID, "closed")
    assert dso.picture() == []
    page = requests.get(dso.url, timeout=5).text
    assert "WO-2026-000007" in page


def test_a_stale_version_of_work_changes_nothing(dso: Sender) -> None:
    assert dso.send(order(Verb.CHANGED, 2)).is_ok
    assert not dso.send(order(Verb.CREATED, 1)).is_ok
    assert dso.get("picture").json()["others"][0]["verb"] == "changed"


def test_work_without_a_version_is_taken_as_it_comes(dso: Sender) -> None:
    assert dso.send(order(Verb.CREATED)).is_ok
    assert dso.send(order(Verb.CHANGED)).is_ok


@pytest.mark.parametrize(
    ("file", "noun"),
    [
        ("create_work_requests", "WorkRequests"),
        ("changed_service_requests", "ServiceRequests"),
        ("created_customer_agreements", "CustomerAgreements"),
        ("create_maintenance_orders", "MaintenanceOrders"),
    ],
)
def test_every_noun_of_ours_is_understood(dso: Sender, file: str, noun: str) -> None:
    assert dso.send(event(file, noun, Verb.CHANGED)).is_ok


def golden(file: str) -> bytes:
    """A golden message under a MessageID of its own."""
    data = (GOLDEN / f"{file}.xml").read_bytes()
    return data.replace(str(MESSAGE_ID).encode(), str(uuid4()).encode())


def groups(dso: Sender) -> list[dict[str, Any]]:
    return dso.get("picture").json()["others"]


def test_a_group_is_formed_changed_and_dissolved(dso: Sender) -> None:
    assert dso.send(golden("created_der_groups")).is_ok
    (told, *_) = groups(dso)
    members = told["members"]
    assert (told["noun"], told["names"]) == ("DERGroups", ["Maple 12 storage"])
    assert told["functions"] == ["connectDisconnect", "realPowerDispatch"]
    assert DER_MRID in members
    page = requests.get(dso.url, timeout=5).text
    assert "Maple 12 storage" in page
    leaver = "5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c21"
    removal = golden("executed_der_groups_operation_set")
    assert dso.send(removal).is_ok
    assert groups(dso)[0]["members"] == [each for each in members if each != leaver]
    gone = (
        golden("created_der_groups")
        .replace(b"Created", b"Deleted")
        .replace(b">created<", b">deleted<")
    )
    assert dso.send(gone).is_ok
    assert groups(dso)[0]["is_deleted"]
    reply = dso.send(golden("created_der_groups"))
    assert not reply.is_ok
    assert "deleted" in reply.errors[0].reason


GROUP = b"""<DERGroups xmlns="urn:x"><EndDeviceGroup><mRID>g</mRID>
<DERFunction><connectDisconnect>true</connectDisconnect><voltageRegulation>false</voltageRegulation>
</DERFunction><EndDevices><mRID>a</mRID></EndDevices><EndDevices><Names><name>b</name></Names>
</EndDevices><Names><name>North</name></Names><version><major>1</major><minor>0</minor></version>
</EndDeviceGroup></DERGroups>"""


def group(text: bytes = GROUP) -> tuple[str, dict[str, object]]:
    (found,) = objects_in("DERGroups", etree.fromstring(text))
    return found


def test_a_group_is_read_with_members_and_functions() -> None:
    assert group() == (
        "g",
        {
            "names": ["North"],
            "members": ["a", "b"],
            "functions": ["connectDisconnect"],
            "version": "1.0",
        },
    )


def test_members_join_and_leave_and_the_rest_stays() -> None:
    _, first = group()
    joins = {"names": [], "members": ["b", "c"], "functions": [], "version": "1.1"}
    after = merged(first, joins)
    assert (after["members"], after["functions"]) == (["a", "b", "c"], ["connectDisconnect"])
    assert (after["names"], after["version"]) == (["North"], "1.1")
    left = merged(after, without_members({"names": [], "members": ["a"]}))
    assert left["members"] == ["b", "c"]
    assert "left" not in left
