"""M1, F26: a DERMS that lost or altered something is found out, exactly, and put right."""

from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.selectors import User
from enrollment.services import check_deliveries, resync_endpoint
from exchange.selectors import Difference, Endpoint, OutboundMessage, differences_of
from exchange.services import (
    ResyncRefused,
    compare_with_list,
    publish_many,
    register_endpoint,
    withdraw,
)
from exchange.tests.factories import make_documents, make_endpoint, make_third_party, make_token

from .journey import Walk

pytestmark = pytest.mark.django_db
DIGEST, COMPARE = "/api/v1/der/digest/", "/api/v1/der/compare/"


def client_of(endpoint: Endpoint) -> Client:
    return Client(headers={"authorization": f"Bearer {make_token(endpoint)}"})


def compare(endpoint: Endpoint, known: Any, query: str = "") -> Any:
    return client_of(endpoint).post(
        COMPARE + query, {"known": known}, content_type="application/json"
    )


@pytest.fixture
def endpoint() -> Endpoint:
    """An endpoint with 300 published DER."""
    made = make_endpoint()
    publish_many(endpoint=made, documents=make_documents(300))
    return made


def versions(endpoint: Endpoint) -> dict[str, int]:
    rows = endpoint.publications.filter(is_withdrawn=False)
    return {str(row.object_mrid): row.object_version for row in rows}


def digest_of(known: dict[str, int]) -> str:
    lines = "".join(f"{mrid} {known[mrid]}\n" for mrid in sorted(known))
    return sha256(lines.encode()).hexdigest()


def part(known: dict[str, int], of: dict[str, Any]) -> dict[str, int]:
    prefix = of["prefix"]
    return {mrid: v for mrid, v in known.items() if mrid.replace("-", "").startswith(prefix)}


class TestDigest:
    def test_a_derms_with_the_same_picture_computes_the_same(self, endpoint: Endpoint) -> None:
        known = versions(endpoint)
        answer = client_of(endpoint).get(DIGEST).json()
        assert (answer["count"], answer["sha256"]) == (300, digest_of(known))
        assert sum(one["count"] for one in answer["parts"]) == 300
        for one in answer["parts"]:
            assert one["sha256"] == digest_of(part(known, one))

    def test_one_changed_version_is_found_going_down(self, endpoint: Endpoint) -> None:
        known = versions(endpoint)
        altered = min(known)
        known[altered] += 1
        client, prefix = client_of(endpoint), ""
        for _ in range(4):
            parts = client.get(DIGEST, {"prefix": prefix} if prefix else {}).json()["parts"]
            wrong = [
                part["prefix"]
                for part in parts
                if part["sha256"]
                != digest_of(
                    {
                        m: v
                        for m, v in known.items()
                        if m.replace("-", "").startswith(part["prefix"])
                    }
                )
            ]
            assert len(wrong) == 1
            prefix = wrong[0]
        assert altered.startswith(prefix)

    def test_nobody_sees_a_strangers_digest(self, endpoint: Endpoint) -> None:
        stranger = make_third_party("stranger")
        answer = client_of(stranger).get(DIGEST).json()
        empty = {"prefix": "", "count": 0, "sha256": sha256(b"").hexdigest(), "parts": []}
        assert answer == empty

    def test_the_withdrawn_does_not_count(self, endpoint: Endpoint) -> None:
        gone = min(versions(endpoint))
        withdraw(endpoint=endpoint, object_mrid=UUID(gone), object_version=9)
        assert client_of(endpoint).get(DIGEST).json()["count"] == 299

    def test_it_costs_two_queries(self, endpoint: Endpoint) -> None:
        client = client_of(endpoint)
        client.get(DIGEST)
        with CaptureQueriesContext(connection) as queries:
            client.get(DIGEST)
        assert len(queries) <= 2

    @pytest.mark.parametrize("prefix", ["", "g", "5f0c8b1e8", "5F-"])
    def test_a_prefix_that_is_none_is_named(self, endpoint: Endpoint, prefix: str) -> None:
        answer = client_of(endpoint).get(DIGEST, {"prefix": prefix})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "prefix"


class TestCompare:
    def test_exactly_the_fifty_differences_are_listed(self, endpoint: Endpoint) -> None:
        known = versions(endpoint)
        names = sorted(known)
        expected = {}
        for mrid in names[:20]:
            del known[mrid]
            expected[mrid] = "missing"
        for mrid in names[20:35]:
            known[mrid] -= 1
            expected[mrid] = "outdated"
        for mrid in names[35:40]:
            known[mrid] += 1
            expected[mrid] = "ahead"
        for mrid in (str(uuid4()) for _ in range(10)):
            known[mrid] = 1
            expected[mrid] = "unexpected"
        answer = compare(endpoint, known).json()
        assert (answer["matching"], answer["different"]) == (260, 50)
        assert {one["mrid"]: one["kind"] for one in answer["differences"]} == expected

    def test_a_slice_is_compared_with_its_part_only(self, endpoint: Endpoint) -> None:
        known = versions(endpoint)
        first = min(known)[0]
        mine = part(known, {"prefix": first})
        answer = compare(endpoint, mine, f"?prefix={first}").json()
        assert (answer["matching"], answer["different"]) == (len(mine), 0)
        wrong = compare(endpoint, known, f"?prefix={first}")
        assert wrong.status_code == 400
        assert f"does not begin with {first}" in wrong.json()["errors"][0]["message"]

    @pytest.mark.parametrize(
        "body",
        [[], {}, {"known": []}, {"known": {"x": 1}}, {"known": {str(uuid4()): "1"}},
         {"known": {str(uuid4()): -1}}, {"known": {str(uuid4()): True}},
         {"known": {}, "more": 1}, {"known": {str(uuid4()): 2**63}}],
    )  # fmt: skip
    def test_a_list_that_is_none_is_refused_by_name(self, endpoint: Endpoint, body: Any) -> None:
        answer = client_of(endpoint).post(COMPARE, body, content_type="application/json")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"].startswith("known")
        assert not endpoint.reconciliations.exists()

    def test_broken_json_is_refused(self, endpoint: Endpoint) -> None:
        answer = client_of(endpoint).post(COMPARE, "{", content_type="application/json")
        assert answer.status_code == 400


class TestResync:
    def register(self) -> Endpoint:
        return register_endpoint(
            name="DSO", kind="dso_derms", url="http://127.0.0.1:9/x", secret="whsec_" + "QUFB" * 8
        )

    def told(self, endpoint: Endpoint) -> list[tuple[str, str]]:
        rows = OutboundMessage.objects.filter(endpoint=endpoint).order_by("sequence")
        return list(rows.values_list("verb", "noun"))

    def test_what_the_derms_lost_is_sent_again_once(self, journey: Walk, ada: User) -> None:
        endpoint = self.register()
        journey("permission_to_operate")
        OutboundMessage.objects.update(state="delivered")
        made = compare_with_list(endpoint=endpoint, known={}, at=timezone.now())
        assert [one.kind for one in differences_of(made)] == ["missing"]
        assert resync_endpoint(reconciliation=made, by=ada, at=timezone.now()) == 1
        assert self.told(endpoint)[2:] == [
            ("created", "EndDeviceConfig"),
            ("created", "MasterDataLinkageConfig"),
        ]
        with pytest.raises(ResyncRefused, match="Compare again"):
            resync_endpoint(reconciliation=made, by=ada, at=timezone.now())
        made.refresh_from_db()
        assert made.resynced_by == ada

    def test_where_nothing_differs_nothing_is_sent(self, journey: Walk, ada: User) -> None:
        endpoint = self.register()
        der = journey("permission_to_operate").proposed_der
        made = compare_with_list(
            endpoint=endpoint, known={der.mrid: der.version}, at=timezone.now()
        )
        with pytest.raises(ResyncRefused, match="no difference"):
            resync_endpoint(reconciliation=made, by=ada, at=timezone.now())

    def test_the_nightly_check_finds_a_notice_that_failed_and_resync_sends_it_again(
        self, journey: Walk, ada: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        endpoint = self.register()
        der = journey("permission_to_operate").proposed_der
        assert [one.difference_count for one in check_deliveries(at=timezone.now())] == [0]
        OutboundMessage.objects.update(state="dead")
        (found,) = check_deliveries(at=timezone.now())
        assert "DSO was not told of everything; differences: 1" in caplog.text
        difference = differences_of(found).get()
        assert (difference.object_mrid, difference.kind) == (der.mrid, Difference.Kind.MISSING)
        resync_endpoint(reconciliation=found, by=ada, at=timezone.now())
        states = OutboundMessage.objects.filter(endpoint=endpoint).values_list("state", flat=True)
        assert list(states) == ["pending", "pending"]
