"""What an answer means, without a database (F5, F6)."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from cim.envelope import Error, ErrorLevel, Header, Reply, ReplyResult, Verb
from cim.envelope_out import response_message
from cim.messages import build_fault, build_reply, read
from cim.tests.examples import CORRELATION_ID, MESSAGE_ID, der_event
from cim.xml import serialize
from exchange.services.batches import backoff_s
from exchange.services.replies import RESPONSE_CAP, Asked, Verdict, understand

DELIVERED, RETRY, DEAD = Verdict.DELIVERED, Verdict.RETRY, Verdict.DEAD
ASKED = Asked("EndDeviceConfig", (MESSAGE_ID, CORRELATION_ID))


def answered(result: ReplyResult, *errors: Error) -> bytes:
    return build_reply(
        read(der_event()),
        message_id=uuid4(),
        timestamp=datetime.now(UTC),
        source="DERMS",
        result=result,
        errors=errors,
    )


def untyped(noun: str, result: ReplyResult) -> bytes:
    """A reply under this noun, which may be none."""
    header = Header(
        verb=Verb.REPLY, noun=noun, message_id=str(uuid4()), correlation_id=str(CORRELATION_ID)
    )
    return serialize(response_message(header, Reply(result=result)))


def judge(status: int = 200, body: bytes = b"", headers=None, asked=ASKED, is_strict=False):
    return understand(
        status=status, headers=headers or {}, body=body, asked=asked, is_strict=is_strict
    )


def error(code: str, level: ErrorLevel | None = None) -> Error:
    return Error(code=code, level=level, reason="because")


def test_ok_to_this_message_is_the_only_success():
    answer = judge(body=answered(ReplyResult.OK))
    assert (answer.verdict, answer.reply_result, answer.error) == (DELIVERED, "OK", "")
    assert judge(status=202, body=answered(ReplyResult.OK)).verdict is DELIVERED


def test_ok_to_another_message_is_not_ours():
    other = replace(ASKED, ids=(UUID(int=1),))
    answer = judge(body=answered(ReplyResult.OK), asked=other)
    assert answer.verdict is RETRY
    assert "CorrelationID" in answer.error


@pytest.mark.parametrize(
    ("asked", "told", "liberal", "strict"),
    [
        ("DERGroups", "DERGroups", DELIVERED, DELIVERED),
        ("DERGroups", "MeterReadings", RETRY, RETRY),
        ("DERGroups", "OperationSet", RETRY, RETRY),
        ("DERGroupForecasts", "DEGroupForecasts", DELIVERED, RETRY),
        ("DERGroups", "", DELIVERED, RETRY),
        ("DERGroupQueries", "DERGroups", DELIVERED, RETRY),
        ("DERGroupQueries", "DERGroupStatuses", RETRY, RETRY),
        ("OperationSet", "OperationSet", DELIVERED, DELIVERED),
        ("OperationSet", "DERGroups", DELIVERED, RETRY),
    ],
)
@pytest.mark.parametrize("result", [ReplyResult.OK, ReplyResult.FAILED])
def test_a_reply_under_another_noun_is_not_ours(asked, told, liberal, strict, result):
    """Whatever its CorrelationID and its result say."""
    body = untyped(told, result)
    facts = Asked(asked, ASKED.ids)
    for verdict, is_strict in ((liberal, False), (strict, True)):
        answer = judge(body=body, asked=facts, is_strict=is_strict)
        if verdict is RETRY:
            assert (answer.verdict, answer.reply_result) == (RETRY, "")
            assert "Noun" in answer.error
        else:
            assert answer.reply_result == result


def test_a_misspelt_noun_gives_way_to_the_typed_name():
    body = answered(ReplyResult.OK).replace(b">EndDeviceConfig<", b">EndDeviceConfgi<")
    assert judge(body=body).verdict is DELIVERED
    assert judge(body=body, asked=replace(ASKED, noun="DERGroups")).verdict is RETRY


@pytest.mark.parametrize("verb", [b"created", b"change", b"Reply"])
def test_a_reply_with_another_verb_is_one_but_for_who_is_strict(verb):
    body = answered(ReplyResult.OK).replace(b">reply<", b">" + verb + b"<")
    assert judge(body=body).verdict is DELIVERED
    assert "Verb" in judge(body=body, is_strict=True).error


@pytest.mark.parametrize(
    "body",
    [
        b"", b"OK", b"<html><body>Hello</body></html>", answered(ReplyResult.OK)[:-40], der_event(),
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", b"\x1f\x8b\x08\x00", b"\xff\xfe\x00",
        build_fault([Error(code="1.5", reason="no header")]), b" " * (RESPONSE_CAP + 1),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_reply_is_tried_again(body):
    assert judge(body=body).verdict is RETRY


@pytest.mark.parametrize(
    ("errors", "verdict"),
    [
        ([error("6.1", ErrorLevel.FATAL)], DEAD),
        ([error("5.1", ErrorLevel.CATASTROPHIC)], DEAD),
        ([error("1.8")], DEAD),
        ([error("2.12", ErrorLevel.WARNING)], DEAD),
        ([error("7.5")], DEAD),
        ([error("5.1")], RETRY),
        ([error("4.1", ErrorLevel.WARNING)], RETRY),
        ([error("7.1")], RETRY),
        ([error("6.2", ErrorLevel.INFORM)], RETRY),
        *[([error(code)], RETRY) for code in ("3.2", "5.2")],
        *[([error(code)], DEAD) for code in ("5.3", "5.9", "6.4", "99.1", "")],
        ([error("5.1"), error("2.12")], DEAD),
        ([], DEAD),
    ],
)
def test_failed_is_final_by_level_or_code(errors, verdict):
    answer = judge(body=answered(ReplyResult.FAILED, *errors))
    assert (answer.verdict, answer.reply_result) == (verdict, "FAILED")
    assert "FAILED" in answer.error


def test_partial_is_final_and_says_so():
    answer = judge(body=answered(ReplyResult.PARTIAL, error("0.2")))
    assert (answer.verdict, answer.reply_result) == (DEAD, "PARTIAL")
    assert "PARTIAL: 0.2 because" in answer.error


def test_partial_with_the_numbers_of_failed_operations_is_done_but_for_them():
    errors = [replace(error("2.12"), operation_id=number) for number in (7, 3, 7)]
    errors += [replace(error("0.0"), operation_id=1), error("0.2")]
    answer = judge(body=answered(ReplyResult.PARTIAL, *errors))
    assert (answer.verdict, answer.failed_operations) == (DELIVERED, (3, 7))


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *[(status, RETRY) for status in (408, 425, 429, 500, 502, 503, 504, 599, 401, 403, 410)],
        *[(status, DEAD) for status in (300, 301, 302, 307, 304, 400, 404, 413)],
        (101, DEAD),
    ],
)  # fmt: skip
def test_http_statuses(status, verdict):
    answer = judge(status=status, body=answered(ReplyResult.OK))
    assert (answer.verdict, answer.http_status) == (verdict, status)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        (" 7 ", 7),
        ("99999999", 86400),
        ("-1", None),
        ("٣", None),
        ("x", None),
    ],
)
def test_retry_after_is_kept_when_it_is_a_number(text, seconds):
    assert judge(status=503, headers={"Retry-After": text}).retry_after_s == seconds


@pytest.mark.parametrize(
    ("told", "now", "seconds"),
    [
        ("Tue, 24 Nov 2026 12:02:00 GMT", "Tue, 24 Nov 2026 12:00:00 GMT", 120),
        ("Tue, 24 Nov 2026 11:00:00 GMT", "Tue, 24 Nov 2026 12:00:00 GMT", 0),
        ("Tue, 24 Nov 2026 12:02:00 GMT", "", None),
        ("soon", "Tue, 24 Nov 2026 12:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", "Tue, 24 Nov 2026 12:00:00 GMT", 86400),
    ],
)
def test_a_date_is_taken_by_the_clock_of_the_endpoint(told, now, seconds):
    answer = judge(status=503, headers={"Retry-After": told, "Date": now})
    assert answer.retry_after_s == seconds


def test_who_denies_us_and_who_is_gone():
    assert [judge(status=status).is_denied for status in (401, 403, 404, 500)] == [
        True, True, False, False,
    ]  # fmt: skip
    assert [judge(status=status).is_gone for status in (410, 404)] == [True, False]


def test_the_backoff_is_full_jitter_from_a_second_to_fifteen_minutes():
    for attempts, ceiling in ((1, 2), (3, 8), (10, 900), (5_000, 900)):
        pauses = [backoff_s(failed_attempts=attempts, retry_after_s=None) for _ in range(300)]
        assert 0 <= min(pauses) < ceiling / 4
        assert ceiling * 3 / 4 < max(pauses) <= ceiling
    assert backoff_s(failed_attempts=9, retry_after_s=120) == 120
