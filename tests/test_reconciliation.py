"""M1, F26: a DERMS that lost or altered something is found out, exactly, and put right."""

from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.selectors import Provider, User
from customers.services import send_due_notifications
from derportal.api import throttling
from enrollment.services import ask_for_resync, check_deliveries, continue_resyncs
from enrollment.services import resyncing as resyncing_module
from enrollment.tasks import send_differences
from exchange.models import ResendRequest
from exchange.selectors import (
    Difference,
    Endpoint,
    OutboundMessage,
    Reconciliation,
    ResyncProgress,
    differences_of,
    progress_of,
)
from exchange.services import (
    ResyncRefused,
    compare_with_deliveries,
    compare_with_list,
    publish_many,
    register_endpoint,
    resend,
    withdraw,
)
from exchange.tests.factories import (
    make_documents,
    make_endpoint,
    make_third_party,
    make_token,
    send,
)

from .journey import Walk

pytestmark = pytest.mark.django_db
DIGEST, COMPARE = "/api/v1/der/digest/", "/api/v1/der/compare/"
RESYNC = "/api/v1/der/resync/"


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
         {"known": {str(uuid4()): 2**63}}],
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
        ask_for_resync(reconciliation=made, by=ada, at=timezone.now())
        assert len(self.told(endpoint)) == 2
        send_differences()
        assert self.told(endpoint)[2:] == [
            ("created", "EndDeviceConfig"),
            ("created", "MasterDataLinkageConfig"),
        ]
        ask_for_resync(reconciliation=made, by=ada, at=timezone.now())
        send_differences()
        assert len(self.told(endpoint)) == 4
        made.refresh_from_db()
        assert (made.resynced_by, made.resync_ended_at is None) == (ada, False)

    def test_where_nothing_differs_nothing_is_sent(self, journey: Walk, ada: User) -> None:
        endpoint = self.register()
        der = journey("permission_to_operate").proposed_der
        made = compare_with_list(
            endpoint=endpoint, known={der.mrid: der.version}, at=timezone.now()
        )
        with pytest.raises(ResyncRefused, match="nothing that could be sent"):
            ask_for_resync(reconciliation=made, by=ada, at=timezone.now())

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
        ask_for_resync(reconciliation=found, by=ada, at=timezone.now())
        send_differences()
        states = OutboundMessage.objects.filter(endpoint=endpoint).values_list("state", flat=True)
        assert list(states) == ["pending", "pending"]

    def test_the_people_of_the_exchange_hear_of_it_each_night_until_it_is_put_right(
        self, journey: Walk, ada: User, olivia: User, susan: User, mailoutbox: list[Any]
    ) -> None:
        endpoint = self.register()
        journey("permission_to_operate")
        night = timezone.now()

        def mails(nights: int) -> list[str]:
            mailoutbox.clear()
            at = night + timedelta(days=nights)
            check_deliveries(at=at)
            send_due_notifications(at=at, limit=500)
            found = [mail for mail in mailoutbox if "not told of everything" in mail.subject]
            assert all(f"/endpoints/{endpoint.mrid}/" in mail.body for mail in found)
            assert all("The DERMS does not know it: 1" in mail.body for mail in found)
            return sorted(address for mail in found for address in mail.to)

        assert mails(0) == []
        OutboundMessage.objects.update(state="dead")
        expected = [ada.email, olivia.email]
        assert mails(1) == expected
        assert mails(1) == []
        assert mails(2) == expected
        found = endpoint.reconciliations.first()
        assert found is not None
        ask_for_resync(reconciliation=found, by=ada, at=timezone.now())
        send_differences()
        assert mails(3) == []

    def test_a_third_partys_people_hear_of_their_own_endpoint_only(
        self, ada: User, tara: User, gridpool: Provider
    ) -> None:
        for owner in (gridpool.mrid, None):
            own = make_third_party(f"of {owner}", owner)
            publish_many(endpoint=own, documents=make_documents(2))
        check_deliveries(at=timezone.now())
        [told] = tara.notifications.all()
        assert told.subject == f"of {gridpool.mrid} was not told of everything"
        assert ada.notifications.count() == 2

    def test_what_the_derms_may_not_read_any_more_stops_nothing_and_says_so(
        self, journey: Walk, ada: User
    ) -> None:
        endpoint = self.register()
        der = journey("permission_to_operate").proposed_der
        OutboundMessage.objects.update(state="delivered")
        publish_many(endpoint=endpoint, documents=make_documents(1))
        made = compare_with_list(endpoint=endpoint, known={}, at=timezone.now())
        withdraw(endpoint=endpoint, object_mrid=der.mrid, object_version=der.version)
        ask_for_resync(reconciliation=made, by=ada, at=timezone.now())
        send_differences()
        failures = {one.object_mrid: one.failure for one in differences_of(made)}
        assert failures.pop(der.mrid) == "The endpoint may not read it any more."
        [unknown] = failures.values()
        assert "DoesNotExist" in unknown
        made.refresh_from_db()
        assert made.resync_ended_at is not None
        assert len(self.told(endpoint)) == 2


class TestResyncJob:
    """60 notices that failed; a worker sends them on, some in each transaction."""

    @pytest.fixture
    def found(self) -> Reconciliation:
        endpoint = make_endpoint()
        documents = make_documents(60)
        publish_many(endpoint=endpoint, documents=documents)
        for each in documents:
            send(endpoint, each.object_mrid)
        OutboundMessage.objects.update(state="dead")
        return compare_with_deliveries(endpoint=endpoint, noun="EndDeviceConfig", at=timezone.now())

    def resent(self) -> int:
        return OutboundMessage.objects.filter(state="pending").count()

    def test_a_worker_killed_in_the_middle_leaves_the_rest_to_the_next(
        self, found: Reconciliation, ada: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ask_for_resync(reconciliation=found, by=ada, at=timezone.now())
        calls: list[Any] = []

        def killed(**facts: Any) -> Any:
            calls.append(facts)
            if len(calls) == 30:
                raise SystemExit
            return resend(**facts)

        with monkeypatch.context() as patch:
            patch.setattr(resyncing_module, "resend", killed)
            with pytest.raises(SystemExit):
                continue_resyncs(at=timezone.now())
        assert self.resent() == progress_of(found).sent == 25
        assert continue_resyncs(at=timezone.now()) == 35
        assert self.resent() == ResendRequest.objects.count() == 60
        assert continue_resyncs(at=timezone.now()) == 0
        found.refresh_from_db()
        assert found.resync_ended_at is not None

    def test_a_worker_has_other_things_to_do_too(self, found: Reconciliation, ada: User) -> None:
        ask_for_resync(reconciliation=found, by=ada, at=timezone.now())
        turns = iter([True, False])
        assert continue_resyncs(at=timezone.now(), may_go_on=lambda: next(turns)) == 25
        assert progress_of(found) == ResyncProgress(to_send=60, sent=25, failed=0)

    def test_one_resync_of_an_endpoint_at_a_time(self, found: Reconciliation, ada: User) -> None:
        ask_for_resync(reconciliation=found, by=ada, at=timezone.now())
        other = compare_with_list(endpoint=found.endpoint, known={}, at=timezone.now())
        with pytest.raises(ResyncRefused, match="another comparison are being sent"):
            ask_for_resync(reconciliation=other, by=ada, at=timezone.now())

    def test_a_lost_bell_is_no_loss(
        self, found: Reconciliation, ada: User, monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Any,
    ) -> None:  # fmt: skip
        rung: list[str] = []

        def broken(task: str, **_: Any) -> None:
            rung.append(task)
            raise ConnectionError

        monkeypatch.setattr(current_app, "send_task", broken)
        with django_capture_on_commit_callbacks(execute=True):
            ask_for_resync(reconciliation=found, by=ada, at=timezone.now())
        assert rung == ["enrollment.continue_resyncs"]
        assert "enrollment.continue_resyncs" in {
            each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()
        }
        send_differences()
        assert self.resent() == 60


class TestOwnResync:
    """A DERMS asks by itself."""

    def ask(self, endpoint: Endpoint, body: Any) -> Any:
        return client_of(endpoint).post(RESYNC, body, content_type="application/json")

    def test_it_asks_for_what_its_list_lacks_and_follows_it(self, journey: Walk) -> None:
        endpoint = make_endpoint()
        journey("permission_to_operate")
        OutboundMessage.objects.update(state="delivered")
        number = compare(endpoint, {}).json()["comparison"]
        for _ in range(2):
            answer = self.ask(endpoint, {"comparison": number})
            assert answer.status_code == 202
            assert (answer.json()["to_send"], answer.json()["sent"]) == (1, 0)
        send_differences()
        client = client_of(endpoint)
        seen = client.get(RESYNC, {"comparison": number}).json()
        assert (seen["to_send"], seen["sent"], seen["failed"]) == (1, 1, 0)
        assert seen["ended_at"] is not None
        assert self.ask(endpoint, {"comparison": number}).json()["ended_at"] == seen["ended_at"]
        send_differences()
        assert endpoint.messages.filter(state="pending").count() == 2

    def test_an_earlier_failure_is_sent_on_in_its_name(self, endpoint: Endpoint) -> None:
        mrid = UUID(min(versions(endpoint)))
        send(endpoint, mrid)
        OutboundMessage.objects.update(state="dead")
        number = compare(endpoint, {}).json()["comparison"]
        self.ask(endpoint, {"comparison": number})
        send_differences()
        asked = ResendRequest.objects.get()
        assert str(asked.by) == endpoint.name

    def test_nothing_to_send_and_foreign_comparisons(self, endpoint: Endpoint) -> None:
        whole = compare(endpoint, versions(endpoint)).json()["comparison"]
        answer = self.ask(endpoint, {"comparison": whole})
        assert (answer.status_code, answer.json()["detail"]) == (
            409, "There is nothing that could be sent.",
        )  # fmt: skip
        lacking = compare(endpoint, {}).json()["comparison"]
        stranger = make_third_party("stranger")
        assert self.ask(stranger, {"comparison": lacking}).status_code == 404
        self.ask(endpoint, {"comparison": lacking})
        assert client_of(stranger).get(RESYNC, {"comparison": lacking}).status_code == 404
        assert client_of(endpoint).get(RESYNC, {"comparison": whole}).status_code == 404

    @pytest.mark.parametrize(
        "body",
        [[], {}, {"comparison": "1"}, {"comparison": 0}, {"comparison": True}],
    )  # fmt: skip
    def test_what_names_no_comparison_is_refused(self, endpoint: Endpoint, body: Any) -> None:
        answer = self.ask(endpoint, body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "comparison"

    def test_it_is_counted_by_the_throttle_and_needs_the_scope(
        self, endpoint: Endpoint, settings: Any
    ) -> None:
        body = {"comparison": 1}
        token = make_token(endpoint, "message:send")
        client = Client(headers={"authorization": f"Bearer {token}"})
        assert client.post(RESYNC, body, content_type="application/json").status_code == 403
        settings.API_REQUESTS_PER_MINUTE = 2
        throttling._counts.clear()
        codes = [self.ask(endpoint, body).status_code for _ in range(3)]
        assert codes == [404, 404, 429]
        throttling._counts.clear()

    def test_asking_costs_a_bounded_number_of_queries(self, endpoint: Endpoint) -> None:
        number = compare(endpoint, {}).json()["comparison"]
        client = client_of(endpoint)
        with CaptureQueriesContext(connection) as queries:
            client.post(RESYNC, {"comparison": number}, content_type="application/json")
        assert len(queries) <= 24
