"""One POST in, one record out: signature, XML, schema, duplicate, picture, reply.

The order matters: nothing of an unsigned body is parsed, and a message that was answered before
gets the same bytes again without looking at the picture.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from lxml import etree
from standardwebhooks import Webhook, WebhookVerificationError

from cim import compressed, errors, operations
from cim.elements import MessageRefused
from cim.envelope import Error, ErrorLevel, Id, Message, ReplyResult, Shape, Verb
from cim.messages import build_fault, build_reply, read
from cim.operations import OperationSet
from cim.validation import validate
from cim.xml import XmlRefused
from derms_simulator.inbox import Inbox, Record
from derms_simulator.operating import operated
from derms_simulator.picture import APPLIED, DER_NOUNS, STALE, Change, changes_of

SOURCE = "DERMS simulator"
DUPLICATE = "duplicate"
INVALID = "invalid"
PARTIAL = "partial"
TOLD = "told"
REPLIED = "reply"
REFUSED = "refused"
UNREADABLE = "unreadable"
UNSIGNED = "unsigned"
# Of a body that nobody signed only the beginning is kept.
_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Post:
    """A body as it arrived, with the time it did."""

    body: bytes
    arrived_at: datetime

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


def signature_fault(secret: str, body: bytes, headers: Mapping[str, str]) -> str:
    """Why a Standard Webhooks signature does not hold, "" if it does."""
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        return str(error) or type(error).__name__
    return ""


def unsigned(post: Post, detail: str) -> Record:
    return Record(
        arrived_at=post.arrived_at, verdict=UNSIGNED, detail=detail, raw=post.text[:_KEPT]
    )


def without_effect(post: Post, inbox: Inbox, mode: str) -> Record:
    """What to log of a message that an endpoint was told to lose."""
    seen = answer(post, inbox)
    return Record(
        arrived_at=post.arrived_at,
        verdict=mode,
        verb=seen.verb,
        noun=seen.noun,
        message_id=seen.message_id,
        sequence=seen.sequence,
        raw=post.text,
        fault=mode,
    )


def answer(post: Post, inbox: Inbox, refuse: str = "", *, is_compressed: bool = False) -> Record:
    """What to log and reply. ``refuse`` is the code with which an endpoint was told to fail.

    ``is_compressed``: a payload that is asked for untyped goes out compressed.
    """
    try:
        message = read(post.body)
    except XmlRefused as refused:
        return _unreadable(post, MessageRefused(errors.INVALID, str(refused)))
    except MessageRefused as refused:
        return _unreadable(post, refused)
    first = inbox.first.get(message.header.message_id)
    if first is not None:
        return _again(post, message, first)
    if refuse:
        # Not remembered as the first reply: told to succeed later, the same message does.
        told = _fatal(refuse, "the simulator was told to refuse")
        return _refused(post, message, [told], digest="")
    return _new(post, message, inbox, is_compressed=is_compressed)


def _new(post: Post, message: Message, inbox: Inbox, *, is_compressed: bool) -> Record:
    findings = validate(post.body) or _findings_inside(message)
    if findings:
        found = [_fatal(errors.INVALID, finding) for finding in findings[:5]]
        return _refused(post, message, found, verdict=INVALID)
    if message.shape is Shape.RESPONSE:
        return _replied(post, message)
    if message.header.verb is Verb.GET:
        return _told_again(post, message, inbox, is_compressed=is_compressed)
    return _judged(post, message, inbox)


def _findings_inside(message: Message) -> list[str]:
    """A compressed payload is checked like a plain one."""
    return [] if message.payload is None or message.is_typed else validate(message.payload)


def _judged(post: Post, message: Message, inbox: Inbox) -> Record:
    try:
        if message.operation_set is not None:
            told = operations.from_element(message.operation_set)
            return _operated(post, message, told, inbox)
        changes = changes_of(message)
    except MessageRefused as refused:
        return _refused(post, message, [_fatal(refused.code, refused.detail)])
    if not message.header.message_id:
        return _refused(post, message, [_fatal(errors.HEADER_MISSING, "there is no MessageID")])
    for change in changes:
        stale = inbox.picture.why_stale(change)
        if stale:
            return _stale(post, message, change, stale)
    return _applied(post, message, changes)


def _replied(post: Post, message: Message) -> Record:
    """What we asked for, in a message of its own: taken, whatever it says."""
    asked, came = message.header.correlation_id, message.reply
    told = f"to {asked}: {came.result}" if came else ""
    reply = _reply(message, post, ReplyResult.OK, [Error(code=errors.OK)])
    return _record(post, message, REPLIED, detail=told, reply=reply)


def _told_again(post: Post, message: Message, inbox: Inbox, *, is_compressed: bool) -> Record:
    """A get: the object as it was told to us."""
    asked = message.request.ids if message.request else ()
    if len(asked) != 1:
        return _refused(post, message, [_fatal(errors.REQUEST_MISSING, "one Request/ID is needed")])
    payload = inbox.payload(message.header.noun, asked[0].value)
    if payload is None:
        unknown = Error(
            code=errors.REQUEST_ID_INVALID,
            level=ErrorLevel.FATAL,
            reason="there is no such object",
            id=asked[0],
        )
        return _refused(post, message, [unknown])
    if is_compressed and not message.is_typed:
        payload = compressed.to_element(payload)
    reply = _reply(message, post, ReplyResult.OK, [Error(code=errors.OK)], payload)
    return _record(post, message, TOLD, reply=reply)


def _operated(post: Post, message: Message, told: OperationSet, inbox: Inbox) -> Record:
    """Each operation has its own fate; an atomic set has one for all."""
    if not message.header.message_id:
        return _refused(post, message, [_fatal(errors.HEADER_MISSING, "there is no MessageID")])
    changes, findings = operated(message, told, inbox.picture)
    if not findings:
        reply = _reply(message, post, ReplyResult.OK, [Error(code=errors.OK)])
        return _record(post, message, APPLIED, reply=reply, changes=changes)
    if not changes:
        return _refused(post, message, findings)
    reply = _reply(message, post, ReplyResult.PARTIAL, findings)
    return _record(post, message, PARTIAL, detail=_told(findings), reply=reply, changes=changes)


def _applied(post: Post, message: Message, changes: tuple[Change, ...]) -> Record:
    is_asked = message.header.verb is Verb.CREATE
    ids = tuple(_own_id(each) for each in changes) if is_asked else ()
    reply = _reply(message, post, ReplyResult.OK, [Error(code=errors.OK)], ids=ids)
    return _record(post, message, APPLIED, reply=reply, changes=changes)


def _own_id(change: Change) -> Id:
    """What the work-management system calls what it was asked for."""
    return Id(f"WM-{change.mrid[:8]}", kind="name", object_type=change.noun.removesuffix("s"))


def _stale(post: Post, message: Message, change: Change, why: str) -> Record:
    finding = Error(
        code=errors.REFUSED_BY_RULE,
        level=ErrorLevel.INFORM,
        reason=f"stale: {why}",
        id=Id(change.mrid, object_type="EndDevice" if change.noun in DER_NOUNS else change.noun),
    )
    reply = _reply(message, post, ReplyResult.FAILED, [finding])
    return _record(post, message, STALE, detail=why, reply=reply)


def _again(post: Post, message: Message, first: Record) -> Record:
    if post.digest != first.digest:
        finding = _fatal(errors.REQUEST_ID_INVALID, "this MessageID was used for another message")
        return _refused(post, message, [finding], digest="")
    return _record(post, message, DUPLICATE, reply=first.reply)


def _refused(
    post: Post,
    message: Message,
    findings: list[Error],
    verdict: str = REFUSED,
    digest: str | None = None,
) -> Record:
    reply = _reply(message, post, ReplyResult.FAILED, findings)
    return _record(post, message, verdict, detail=_told(findings), reply=reply, digest=digest)


def _told(findings: list[Error]) -> str:
    return "; ".join(f"{each.code} {each.reason}" for each in findings)


def _unreadable(post: Post, refused: MessageRefused) -> Record:
    reply = build_fault([_fatal(refused.code, refused.detail)]).decode()
    return Record(
        arrived_at=post.arrived_at,
        verdict=UNREADABLE,
        detail=str(refused),
        raw=post.text,
        reply=reply,
    )


def _record(
    post: Post,
    message: Message,
    verdict: str,
    *,
    detail: str = "",
    reply: str = "",
    changes: tuple[Change, ...] = (),
    digest: str | None = None,
) -> Record:
    header = message.header
    sequence = header.properties.get("Sequence", "")
    return Record(
        arrived_at=post.arrived_at,
        verdict=verdict,
        detail=detail,
        verb=header.verb.value,
        noun=header.noun,
        message_id=header.message_id,
        sequence=int(sequence) if sequence.isascii() and sequence.isdigit() else None,
        digest=post.digest if digest is None else digest,
        raw=post.text,
        reply=reply,
        changes=changes,
    )


def _reply(
    message: Message,
    post: Post,
    result: ReplyResult,
    findings: list[Error],
    payload: etree._Element | None = None,
    *,
    ids: tuple[Id, ...] = (),
) -> str:
    return build_reply(
        message,
        message_id=uuid4(),
        timestamp=post.arrived_at,
        source=SOURCE,
        result=result,
        errors=findings,
        ids=ids,
        payload_element=payload,
    ).decode()


def _fatal(code: str, reason: str) -> Error:
    return Error(code=code, level=ErrorLevel.FATAL, reason=_printable(reason))


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
