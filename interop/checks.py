"""Is the answer what the step expects? Each question is a check with a sentence."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from cim.elements import MessageRefused
from cim.envelope import Message, Reply, Shape
from cim.messages import read
from cim.validation import validate
from cim.xml import XmlRefused, local_name
from interop.messages import Sent
from interop.peers import Answer
from interop.procedure import Expectation, Step


@dataclass(frozen=True, slots=True)
class Check:
    """One question; ``detail`` says what came instead."""

    says: str
    passed: bool
    detail: str = ""


def checks(
    step: Step,
    sent: Sent,
    answer: Answer,
    before: dict[str, Answer],
    mrid: Callable[[str], str],
) -> list[Check]:
    """Every check of one answer."""
    wanted = step.expect
    found = [
        _check(f"HTTP status {_any(wanted.http)}", answer.status in wanted.http, answer.status)
    ]
    if wanted.header:
        here = {name.lower() for name in answer.headers}
        found.append(_check(f"header {wanted.header}", wanted.header.lower() in here, "missing"))
    if wanted.same_as:
        same = answer.body == before[wanted.same_as].body
        found.append(_check(f"the bytes answered to “{wanted.same_as}”", same, "other bytes"))
    if wanted.message:
        found += _message_checks(wanted, sent, answer, mrid)
    return found


def later_checks(step: Step, sent: Sent, reply: bytes | None) -> list[Check]:
    """Every check of a reply that comes in a message of its own."""
    if reply is None:
        return [Check("a reply in a message of its own", passed=False, detail="it did not come")]
    wanted = Expectation(result=(step.expect.later,), payload=step.expect.later_payload)
    found = _message_checks(wanted, sent, Answer(200, {}, reply), str)
    return [replace(each, says=f"later: {each.says}") for each in found]


def _message_checks(
    wanted: Expectation, sent: Sent, answer: Answer, mrid: Callable[[str], str]
) -> Iterator[Check]:
    try:
        message = read(answer.body)
    except (XmlRefused, MessageRefused) as refused:
        yield Check("a ResponseMessage or FaultMessage", passed=False, detail=str(refused))
        return
    findings = validate(answer.body)
    yield _check("valid against the schema", not findings, "; ".join(findings[:2]))
    if message.reply is None:
        yield Check("a Reply", passed=False, detail=message.shape.value)
        return
    if message.shape is Shape.RESPONSE:
        repeated = message.header.correlation_id
        yield _check("the CorrelationID of the message", repeated == sent.correlation_id, repeated)
        if sent.noun:
            noun = message.header.noun
            yield _check("the Noun of the message", noun == sent.noun, f"it is {noun!r}")
    yield from _reply_checks(wanted, message.reply, mrid)
    if wanted.payload:
        yield _payload_check(wanted.payload, message)


def _reply_checks(wanted: Expectation, reply: Reply, mrid: Callable[[str], str]) -> Iterator[Check]:
    told = "; ".join(f"{each.code} {each.reason}".strip() for each in reply.errors) or "no error"
    if wanted.result:
        passed = reply.result in wanted.result
        yield _check(f"Result {_any(wanted.result)}", passed, f"it is {reply.result} ({told})")
    if wanted.codes:
        passed = any(each.code in wanted.codes for each in reply.errors)
        yield _check(f"error code {_any(wanted.codes)}", passed, told)
    if wanted.level:
        levels = {each.level for each in reply.errors}
        yield _check(f"error level {wanted.level}", wanted.level in levels, told)
    if wanted.names:
        named = {each.id.value for each in reply.errors if each.id is not None}
        passed = mrid(wanted.names) in named
        yield _check(f"an error that names {wanted.names}", passed, ", ".join(named) or "no ID")


def _payload_check(noun: str, message: Message) -> Check:
    payload = message.payload
    if payload is None:
        return Check(f"payload {noun}", passed=False, detail="no payload")
    findings = validate(payload)
    passed = local_name(payload) == noun and not findings
    return _check(f"payload {noun}, valid", passed, "; ".join([local_name(payload), *findings[:2]]))


def _check(says: str, passed: bool, instead: object) -> Check:
    return Check(says, passed, "" if passed else str(instead))


def _any(values: tuple[object, ...]) -> str:
    return " or ".join(str(each) for each in values)
