"""What an endpoint's answer means: delivered, try again, or give up (F5, F6).

Pure: no database, no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from uuid import UUID

from lxml import etree

from cim.codecs import EDITION_1, codec_of
from cim.elements import MessageRefused, children
from cim.elements import text as child_text
from cim.envelope import OPERATION_SET, Error, ErrorLevel, Header, Message, Reply, ReplyResult
from cim.messages import read
from cim.nouns import NOUNS
from cim.xml import XmlRefused

RESPONSE_CAP = 64 * 1024
_SHOWN = 8_000
_NAME_LENGTH = 200
_MOST_NAMES = 5
_RETRY_AFTER_CAP_S = 24 * 3600
_GONE = 410
_DENIED_STATUSES = frozenset({401, 403})
_RETRY_STATUSES = frozenset({408, 425, 429, _GONE}) | _DENIED_STATUSES
_FINAL_LEVELS = frozenset({ErrorLevel.FATAL, ErrorLevel.CATASTROPHIC})
# IEC 61968-100 error codes that may be gone when the same bytes come again: too many requests
# pending, a time that ran out, high load, not attempted, authentication that failed for now. The
# others meet the same bytes with the same answer. On hold (6.2) is no refusal.
_TEMPORARY = frozenset({"3.2", "4.1", "5.1", "5.2", "6.2", "7.1"})


class Verdict(StrEnum):
    DELIVERED = "delivered"
    RETRY = "retry"
    DEAD = "dead"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How one attempt ended. ``is_alive`` says whether the endpoint itself answered sensibly.

    ``is_denied``: it does not accept who we are. ``is_gone``: it wants no more messages.
    ``failed_operations``: the numbers of those that are to be sent again by themselves.
    ``names``: what the endpoint calls the object that it was asked for (Reply/ID).
    """

    verdict: Verdict
    is_alive: bool
    error: str = ""
    http_status: int | None = None
    reply_result: str = ""
    response: str = ""
    retry_after_s: float | None = None
    is_denied: bool = False
    is_gone: bool = False
    failed_operations: tuple[int, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What was sent: an answer to it names one of these ids, and its noun."""

    noun: str
    ids: tuple[UUID, ...]

    def is_named_by(self, header: Header) -> bool:
        """Whether the CorrelationID is one of ours."""
        return header.correlation_id.lower() in map(str, self.ids)

    def is_about(self, noun: str, *, is_strict: bool) -> bool:
        """Whether a reply under this noun can be to what was asked.

        Strictly only under the same noun. Else a noun that nobody speaks, a misspelt one, is let
        pass, and so are the noun that answers a query and any noun of an OperationSet's parts.
        """
        if noun == self.noun:
            return True
        if is_strict:
            return False
        if noun not in NOUNS or self.noun == OPERATION_SET:
            return noun != OPERATION_SET
        asked = NOUNS.get(self.noun)
        return asked is not None and noun == asked.answer


def no_answer(reason: str) -> Answer:
    """The connection failed, was cut, or took longer than allowed."""
    return Answer(verdict=Verdict.RETRY, is_alive=False, error=reason)


def understand(
    *,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    asked: Asked,
    is_strict: bool = False,
    edition: int = EDITION_1,
) -> Answer:
    """F5, F6: what an HTTP answer means for the message that it answers.

    ``is_strict``: an answer that breaks a rule of :mod:`cim.strict` is none.
    """
    if not 200 <= status < 300:
        return _http_failure(status, headers, body)
    if len(body) > RESPONSE_CAP:
        return _retry(status, body, f"the answer is longer than {RESPONSE_CAP} bytes")
    try:
        message = read(body, max_bytes=RESPONSE_CAP, edition=edition)
    except (XmlRefused, MessageRefused) as refused:
        return _retry(status, body, f"the answer is no message: {refused}")
    if is_strict and (flaw := _flaw(body, edition)):
        return _retry(status, body, f"the answer is not valid: {flaw}")
    return _reply(status, body, message, asked, is_strict=is_strict)


def understand_status(*, status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """What the status alone means, for an endpoint that answers JSON notices."""
    if not 200 <= status < 300:
        return _http_failure(status, headers, body)
    return Answer(
        verdict=Verdict.DELIVERED, is_alive=True, http_status=status, response=_shown(body)
    )


def understand_fault(
    *, status: int, body: bytes, fault: etree._Element, edition: int = EDITION_1
) -> Answer:
    """A SOAP fault: its FaultMessage decides, else whose mistake it says it was."""
    _, _, local = child_text(fault, "faultcode").strip().rpartition(":")
    told = _fault_message(fault, edition)
    is_theirs = local.partition(".")[0] == "Server"
    by_fault = Verdict.RETRY if is_theirs else Verdict.DEAD
    verdict = _verdict(told, without_error=by_fault) if told else by_fault
    reason = child_text(fault, "faultstring").strip()
    return Answer(
        verdict=verdict,
        is_alive=not is_theirs,
        error=f"SOAP fault {local}: {reason}"[:500] + (f" ({_reason(told)})" if told else ""),
        http_status=status,
        reply_result=told.result.value if told else "",
        response=_shown(body),
    )


def _fault_message(fault: etree._Element, edition: int) -> Reply | None:
    """The reply of the FaultMessage in the detail, if there is one."""
    detail = next(iter(children(fault, "detail")), None)
    if detail is None or not len(detail):
        return None
    try:
        return codec_of(edition).read(detail[0]).reply
    except MessageRefused:
        return None


def _flaw(body: bytes, edition: int) -> str:
    try:
        read(body, max_bytes=RESPONSE_CAP, is_strict=True, edition=edition)
    except MessageRefused as refused:
        return str(refused)
    return ""


def _http_failure(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    may_retry = status in _RETRY_STATUSES or status >= 500
    return Answer(
        verdict=Verdict.RETRY if may_retry else Verdict.DEAD,
        is_alive=not may_retry,
        error=f"HTTP status {status}",
        http_status=status,
        response=_shown(body),
        retry_after_s=_retry_after(headers) if may_retry else None,
        is_denied=status in _DENIED_STATUSES,
        is_gone=status == _GONE,
    )


def _reply(status: int, body: bytes, message: Message, asked: Asked, *, is_strict: bool) -> Answer:
    reply = message.reply
    if reply is None:
        return _retry(status, body, "the answer is no ResponseMessage")
    header = message.header
    if not asked.is_named_by(header):
        return _retry(status, body, "the answer is to another message (CorrelationID)")
    noun = _noun_of(message)
    if not asked.is_about(noun, is_strict=is_strict):
        told = f"Noun {noun[:60]!r}, not {asked.noun}"
        return _retry(status, body, f"the answer is to another message ({told})")
    return Answer(
        verdict=_verdict(reply),
        is_alive=True,
        error="" if reply.result is ReplyResult.OK else _reason(reply),
        http_status=status,
        reply_result=reply.result.value,
        response=_shown(body),
        failed_operations=_failed_operations(reply),
        names=_names(reply),
    )


def _names(reply: Reply) -> tuple[str, ...]:
    if reply.result is ReplyResult.FAILED:
        return ()
    found = (each.value.strip()[:_NAME_LENGTH] for each in reply.ids)
    return tuple(dict.fromkeys(name for name in found if name))[:_MOST_NAMES]


def _noun_of(message: Message) -> str:
    """That of the header; a misspelt one gives way to that of the typed name."""
    noun, typed = message.header.noun, message.typed_noun.removeprefix("Get")
    return typed if typed in NOUNS and noun not in (*NOUNS, OPERATION_SET) else noun


def _failed_operations(reply: Reply) -> tuple[int, ...]:
    """Of a PARTIAL: the operations that it names as failed."""
    if reply.result is not ReplyResult.PARTIAL:
        return ()
    found = {error.operation_id for error in reply.errors if not error.code.startswith("0.")}
    return tuple(sorted(number for number in found if number is not None))


def _verdict(reply: Reply, *, without_error: Verdict = Verdict.DEAD) -> Verdict:
    """A FAILED that gives no reason says nothing of a later try: the same bytes would fail again.

    Only a SOAP fault says more: ``without_error`` is what its faultcode means.
    """
    if reply.result is ReplyResult.OK or _failed_operations(reply):
        return Verdict.DELIVERED
    if reply.result is ReplyResult.PARTIAL or any(map(_is_final, reply.errors)):
        return Verdict.DEAD
    return Verdict.RETRY if reply.errors else without_error


def _is_final(error: Error) -> bool:
    return error.level in _FINAL_LEVELS or error.code not in _TEMPORARY


def _reason(reply: Reply) -> str:
    errors = "; ".join(f"{error.code} {error.reason}".strip() for error in reply.errors)
    return f"the endpoint answered {reply.result.value}" + (f": {errors}" if errors else "")


def _retry(status: int, body: bytes, reason: str) -> Answer:
    return Answer(
        verdict=Verdict.RETRY,
        is_alive=True,
        error=reason,
        http_status=status,
        response=_shown(body),
    )


def _shown(body: bytes) -> str:
    return body[:_SHOWN].decode("utf-8", "replace").replace("\x00", "\ufffd")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of Retry-After. A date is taken by the endpoint's own clock, its header Date."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(min(int(text), _RETRY_AFTER_CAP_S))
    try:
        until = parsedate_to_datetime(text)
        seconds = (until - parsedate_to_datetime(headers.get("Date", ""))).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), float(_RETRY_AFTER_CAP_S))
