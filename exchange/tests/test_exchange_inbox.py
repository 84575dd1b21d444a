"""The inbox: one message, one effect, one answer; and what does not get in (F8, F16, F22)."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F

from cim.envelope import Error, Id, ReplyResult
from cim.profiles import end_device_config
from cim.tests.examples import DER, ok_reply
from cim.tests.part_5_examples import query as group_query
from exchange.models import DeliveryLease, InboundMessage
from exchange.services import Answer, InboundRefused, receive, refusal

from .factories import NOON, make_endpoint
from .inbound_examples import (
    answer_of,
    codes_of,
    event,
    get_request,
    rejected_rows,
    row_of,
)


def count_one(arrival) -> Answer:
    """An effect that can be counted: the endpoint's failure streak, for want of a simpler row."""
    DeliveryLease.objects.filter(endpoint=arrival.endpoint).update(
        failure_streak=F("failure_streak") + 1
    )
    return Answer(object_mrid="5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c01")


def effects(endpoint) -> int:
    return DeliveryLease.objects.get(endpoint=endpoint).failure_streak


@pytest.fixture
def endpoint(db):
    return make_endpoint(source="DERMS-1")


def arrive(endpoint, body, handle=count_one, at=NOON):
    return receive(endpoint=endpoint, body=body, handle=handle, at=at)


class TestOneEffect:
    def test_a_message_has_its_effect_and_is_on_record(self, endpoint):
        answered = arrive(endpoint, get_request(message_id="m-1", correlation_id="c-1"))
        reply = answer_of(answered.body)
        assert (answered.status, reply.reply.result) == (200, ReplyResult.OK)
        assert reply.header.correlation_id == "c-1"
        row = row_of(endpoint, "m-1")
        assert (row.state, row.verb, row.noun) == ("applied", "get", "EndDeviceConfig")
        assert (row.received_at, row.object_mrid[:8]) == (NOON, "5f0c8b1e")
        assert bytes(row.reply) == answered.body
        assert effects(endpoint) == 1

    def test_a_copy_gets_the_same_bytes_and_has_no_effect(self, endpoint):
        body = get_request(message_id="m-1")
        first = arrive(endpoint, body)
        again = arrive(endpoint, body, at=NOON + timedelta(hours=9))
        assert again == first
        assert effects(endpoint) == 1
        row = row_of(endpoint, "m-1")
        assert (row.duplicate_count, row.last_received_at) == (1, NOON + timedelta(hours=9))

    def test_another_spelling_of_the_same_document_is_a_copy(self, endpoint):
        body = get_request(message_id="m-1")
        first = arrive(endpoint, body)
        assert arrive(endpoint, body.replace(b"'", b'"')) == first
        assert arrive(endpoint, body.decode().partition("?>")[2].encode("utf-16")) == first
        assert effects(endpoint) == 1

    def test_a_refusal_is_an_answer_that_stays(self, endpoint):
        def refuse(arrival):
            count_one(arrival)
            raise refusal("6.1", "no", id=Id("x", object_type="DERGroup"))

        body = get_request(message_id="m-1")
        first = arrive(endpoint, body, refuse)
        error = answer_of(first.body).reply.errors[0]
        assert (error.code, error.id.object_type, error.level) == ("6.1", "DERGroup", "FATAL")
        assert effects(endpoint) == 0
        assert arrive(endpoint, body, count_one) == first
        assert (row_of(endpoint, "m-1").state, effects(endpoint)) == ("refused", 0)

    def test_a_failure_of_ours_may_be_tried_again(self, endpoint, caplog):
        def break_down(arrival):
            count_one(arrival)
            raise ZeroDivisionError

        body = get_request(message_id="m-1")
        with caplog.at_level(logging.CRITICAL):
            failed = arrive(endpoint, body, break_down)
        assert codes_of(failed.body) == ["5.3"]
        assert (row_of(endpoint, "m-1").state, effects(endpoint)) == ("failed", 0)
        later = arrive(endpoint, body, at=NOON + timedelta(hours=3))
        assert answer_of(later.body).reply.is_ok
        row = row_of(endpoint, "m-1")
        assert (row.state, row.attempt_count, row.error, effects(endpoint)) == ("applied", 2, "", 1)

    def test_what_the_database_refuses_at_last_is_rolled_back(self, endpoint):
        def break_a_rule(arrival):
            count_one(arrival)
            raise IntegrityError

        assert codes_of(arrive(endpoint, get_request(), break_a_rule).body) == ["5.3"]
        assert effects(endpoint) == 0

    def test_a_process_that_dies_leaves_neither_effect_nor_row(self, endpoint):
        def die(arrival):
            count_one(arrival)
            raise SystemExit

        body = get_request(message_id="m-1")
        with pytest.raises(SystemExit):
            arrive(endpoint, body, die)
        assert (InboundMessage.objects.count(), effects(endpoint)) == (0, 0)
        assert answer_of(arrive(endpoint, body).body).reply.is_ok

    def test_without_the_database_there_is_no_answer(self, endpoint):
        def lose_the_connection(_):
            raise OperationalError

        with pytest.raises(OperationalError):
            arrive(endpoint, get_request(), lose_the_connection)
        assert InboundMessage.objects.count() == 0

    def test_partial_is_told_with_the_reason(self, endpoint):
        def half(_):
            error = Error(code="2.15", operation_id=2)
            return Answer(result=ReplyResult.PARTIAL, errors=(error,))

        reply = answer_of(arrive(endpoint, get_request(message_id="m-1"), half).body).reply
        assert (reply.result, reply.errors[0].operation_id) == (ReplyResult.PARTIAL, 2)
        assert row_of(endpoint, "m-1").state == "applied"

    def test_the_same_message_id_of_another_endpoint_is_another_message(self, endpoint):
        other, body = make_endpoint("Other"), get_request(message_id="m-1")
        assert arrive(endpoint, body) != arrive(other, body)
        assert (effects(endpoint), effects(other)) == (1, 1)

    def test_the_database_itself_refuses_a_second_row(self, endpoint):
        arrive(endpoint, get_request(message_id="m-1"))
        row = row_of(endpoint, "m-1")
        row.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)


class TestAnotherMessageWithTheSameId:
    def test_it_is_refused_and_both_are_on_record(self, endpoint, caplog):
        first = arrive(endpoint, get_request(message_id="m-1"))
        other = get_request("MasterDataLinkageConfig", message_id="m-1")
        answered = arrive(endpoint, other)
        error = answer_of(answered.body).reply.errors[0]
        assert (error.code, error.id.value) == ("2.15", "m-1")
        assert bytes(row_of(endpoint, "m-1").reply) == first.body
        [rejected] = rejected_rows(endpoint)
        assert (rejected.message_id, rejected.noun) == ("m-1", "MasterDataLinkageConfig")
        assert (bytes(rejected.body), rejected.sha256) == (other, sha256(other).hexdigest())
        assert effects(endpoint) == 1
        assert [record.name for record in caplog.records] == ["exchange.security"]


class TestStaleMessages:
    def test_an_older_version_is_refused_and_a_newer_one_is_not(self, endpoint):
        mrid = str(uuid4())
        results = [
            answer_of(arrive(endpoint, event(mrid=mrid, version=version)).body).reply
            for version in (3, 2, 3, 4)
        ]
        assert [reply.is_ok for reply in results] == [True, False, True, True]
        stale = results[1].errors[0]
        assert (stale.code, stale.level, stale.id.value) == ("6.1", "INFORM", mrid)
        assert stale.reason == "stale: version 2 came after version 3"
        assert effects(endpoint) == 3

    def test_a_refused_version_does_not_count(self, endpoint):
        def refuse(_):
            raise refusal("6.1", "no")

        mrid = str(uuid4())
        arrive(endpoint, event(mrid=mrid, version=9), refuse)
        assert answer_of(arrive(endpoint, event(mrid=mrid, version=1)).body).reply.is_ok

    def test_versions_of_other_objects_and_other_endpoints_do_not_count(self, endpoint):
        mrid, other = str(uuid4()), make_endpoint("Other")
        arrive(endpoint, event(mrid=mrid, version=9))
        assert answer_of(arrive(endpoint, event(mrid=str(uuid4()), version=1)).body).reply.is_ok
        assert answer_of(arrive(other, event(mrid=mrid, version=1)).body).reply.is_ok

    @pytest.mark.parametrize("version", ["-1", "x", "1.5", "9" * 30])
    def test_a_version_is_a_whole_number(self, endpoint, version):
        answered = arrive(endpoint, event(mrid=str(uuid4()), version=version))
        assert codes_of(answered.body) == ["1.8"]
        assert effects(endpoint) == 0


class TestAdmission:
    def refused_with(self, endpoint, body, at=NOON):
        answered = arrive(endpoint, body, at=at)
        assert effects(endpoint) == 0
        assert rejected_rows(endpoint)[-1].error_code == codes_of(answered.body)[0]
        return codes_of(answered.body)[0], answered.status

    @pytest.mark.parametrize("source", ["DERMS", "DERMS-1", " DERMS-1 ", ""])
    def test_the_source_is_the_endpoints_own_or_absent(self, endpoint, source):
        assert answer_of(arrive(endpoint, get_request(source=source)).body).reply.is_ok

    def test_the_source_may_be_the_mrid(self, endpoint):
        body = get_request(source=str(endpoint.mrid))
        assert answer_of(arrive(endpoint, body).body).reply.is_ok

    def test_another_source_is_refused(self, endpoint):
        body = get_request(source="Somebody else")
        assert self.refused_with(endpoint, body) == ("2.14", 200)

    def test_the_context_is_the_endpoints(self, endpoint):
        assert self.refused_with(endpoint, get_request(context="TESTING")) == ("7.7", 403)
        assert answer_of(arrive(endpoint, get_request(context="PRODUCTION")).body).reply.is_ok

    def test_a_testing_endpoint_takes_no_production_message(self, db):
        endpoint = make_endpoint("Test bench", context="TESTING")
        assert self.refused_with(endpoint, get_request(context="PRODUCTION")) == ("7.7", 403)

    @pytest.mark.parametrize("minutes", [-6, 6])
    def test_a_timestamp_too_far_from_now_is_refused(self, endpoint, minutes):
        body = get_request(timestamp=NOON + timedelta(minutes=minutes))
        assert self.refused_with(endpoint, body) == ("7.7", 403)

    @pytest.mark.parametrize("minutes", [-4, 4])
    def test_a_timestamp_near_now_is_taken(self, endpoint, minutes):
        body = get_request(timestamp=NOON + timedelta(minutes=minutes))
        assert answer_of(arrive(endpoint, body).body).reply.is_ok

    def test_only_a_strict_endpoint_must_follow_the_schema(self, endpoint):
        odd = get_request().replace(b"</Header>", b"<Extra/></Header>")
        assert answer_of(arrive(endpoint, odd).body).reply.is_ok
        endpoint.is_strict = True
        answered = arrive(endpoint, get_request().replace(b"</Header>", b"<Extra/></Header>"))
        assert codes_of(answered.body) == ["1.8"]
        assert rejected_rows(endpoint)[0].error.count("Extra") == 1
        assert codes_of(arrive(endpoint, get_request(correlation_id="")).body) == ["1.5"]
        assert answer_of(arrive(endpoint, get_request()).body).reply.is_ok

    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            ({"message_id": "m-1"}, "2.15"),
            ({"correlation_id": ""}, "1.5"),
            ({"noun": "EndDevicConfig"}, "2.5"),
        ],
    )
    def test_what_is_tolerated_of_others_is_refused_of_a_strict_endpoint(
        self, endpoint, facts, code
    ):
        endpoint.is_strict = True
        assert self.refused_with(endpoint, get_request(**facts)) == (code, 200)
        endpoint.is_strict = False
        assert answer_of(arrive(endpoint, get_request(**facts)).body).reply.is_ok

    def test_an_endpoint_is_answered_in_the_year_of_its_namespaces(self, endpoint):
        endpoint.namespace_year = 2020
        body = group_query().replace(b"/2017/", b"/2020/").replace(b"TESTING", b"PRODUCTION")
        answer = arrive(endpoint, body)
        assert b"http://iec.ch/TC57/2020/DERGroupQueriesMessage" in answer.body
        assert b"/2017/" not in answer.body

    def test_a_replay_is_refused_by_its_time_and_by_its_nonce(self, endpoint):
        old = get_request(replay_nonce="n-1", replay_created=NOON - timedelta(minutes=6))
        assert self.refused_with(endpoint, old) == ("7.7", 403)
        fresh = get_request(replay_nonce="n-1", replay_created=NOON)
        assert answer_of(arrive(endpoint, fresh).body).reply.is_ok
        again = get_request(replay_nonce="n-1", replay_created=NOON)
        assert codes_of(arrive(endpoint, again).body) == ["7.7"]
        assert effects(endpoint) == 1

    def test_a_rejected_message_may_be_sent_again_with_its_id(self, endpoint):
        assert self.refused_with(endpoint, get_request(message_id="m-1", source="x"))[0] == "2.14"
        assert answer_of(arrive(endpoint, get_request(message_id="m-1")).body).reply.is_ok

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (get_request(message_id=""), "1.5"),
            (get_request(message_id="x" * 101), "1.8"),
            (get_request("N" * 61), "1.8"),
            (ok_reply(), "2.9"),
        ],
    )
    def test_what_is_no_message_to_us_is_refused(self, endpoint, body, code):
        assert self.refused_with(endpoint, body)[0] == code

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<",
            b"<html/>",
            b"\xff\xfe\x00",
            b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
            get_request().replace(b">get<", b">fetch<"),
        ],
    )
    def test_what_cannot_be_read_gets_a_fault(self, endpoint, body):
        answered = arrive(endpoint, body)
        assert (answered.status, answered.is_fault) == (400, True)
        assert not answer_of(answered.body).reply.is_ok
        assert (rejected_rows(endpoint)[0].message_id, effects(endpoint)) == ("", 0)

    def test_a_message_that_was_cut_changes_nothing(self, endpoint):
        whole = event(end_device_config.to_element(DER), mrid=DER.mrid, version=3)
        for length in range(0, len(whole), 64):
            assert arrive(endpoint, whole[:length]).status == 400
        assert effects(endpoint) == 0


@pytest.mark.locking
@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def at_once(self, endpoint, bodies):
        gate = Barrier(10)

        def some(number: int):
            try:
                gate.wait(timeout=20)
                return [arrive(endpoint, body) for body in bodies[number::10]]
            finally:
                connection.close()

        with ThreadPoolExecutor(10) as pool:
            return [one for many in pool.map(some, range(10)) for one in many]

    def test_fifty_copies_have_one_effect_and_one_answer(self):
        endpoint = make_endpoint()
        answers = self.at_once(endpoint, [get_request(message_id="m-1")] * 50)
        assert len({each.body for each in answers}) == 1
        assert effects(endpoint) == 1
        assert row_of(endpoint, "m-1").duplicate_count == 49

    def test_fifty_versions_end_with_the_newest(self):
        endpoint, mrid = make_endpoint(), str(uuid4())
        bodies = [event(mrid=mrid, version=version) for version in range(50)]
        answers = self.at_once(endpoint, bodies[::-1])
        applied = InboundMessage.objects.filter(state="applied").order_by("pk")
        assert (
            effects(endpoint)
            == applied.count()
            == sum(answer_of(each.body).reply.is_ok for each in answers)
        )
        assert applied.filter(object_version=49).count() == 1

    def test_a_copy_that_waited_for_one_that_died_is_tried(self):
        endpoint, body = make_endpoint(), get_request(message_id="m-1")
        began, copied = Barrier(2), Barrier(2)

        def die(arrival):
            count_one(arrival)
            began.wait(timeout=20)
            copied.wait(timeout=20)
            raise SystemExit

        def first():
            try:
                arrive(endpoint, body, die)
            except SystemExit:
                return
            finally:
                connection.close()

        def second():
            try:
                began.wait(timeout=20)
                copied.wait(timeout=20)
                return arrive(endpoint, body)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            pool.submit(first)
            answered = pool.submit(second).result(timeout=60)
        assert answer_of(answered.body).reply.is_ok
        assert effects(endpoint) == 1


def test_a_refusal_names_every_error() -> None:
    refused = InboundRefused(Error(code="5.1", reason="busy"), Error(code="6.1", reason="no"))
    assert str(refused) == "5.1 busy; 6.1 no"
    assert not refused.is_retryable
