"""What an IEC 61968-100 Edition 1 envelope says, as plain values.

Writing is in :mod:`cim.envelope_out`, reading in :mod:`cim.envelope_in`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from lxml import etree

ENVELOPE_NAMESPACE = "http://iec.ch/TC57/2011/schema/message"
# Seen in the field; read, never written.
ENVELOPE_NAMESPACES = frozenset({ENVELOPE_NAMESPACE, "http://www.iec.ch/TC57/2011/schema/message"})
# The noun of a header whose message holds several operations.
OPERATION_SET = "OperationSet"
# Header properties by which a receiver recognizes a late message. The epoch rises when the sender
# was restored from a backup: sequences and versions may then begin again from an older number.
EPOCH = "Epoch"
SEQUENCE = "Sequence"
OBJECT_MRID = "ObjectMRID"
OBJECT_VERSION = "ObjectVersion"


class Verb(StrEnum):
    """IEC 61968-100 verbs: requests, their past tense for events, and reply."""

    CANCEL = "cancel"
    CANCELED = "canceled"
    CHANGE = "change"
    CHANGED = "changed"
    CREATE = "create"
    CREATED = "created"
    CLOSE = "close"
    CLOSED = "closed"
    DELETE = "delete"
    DELETED = "deleted"
    GET = "get"
    REPLY = "reply"
    EXECUTE = "execute"
    EXECUTED = "executed"


EVENT_VERBS = frozenset(
    {Verb.CANCELED, Verb.CHANGED, Verb.CREATED, Verb.CLOSED, Verb.DELETED, Verb.EXECUTED}
)
REQUEST_VERBS = frozenset(set(Verb) - EVENT_VERBS - {Verb.REPLY})


class Shape(StrEnum):
    """Which of the four messages it is."""

    EVENT = "EventMessage"
    REQUEST = "RequestMessage"
    RESPONSE = "ResponseMessage"
    FAULT = "FaultMessage"


class ReplyResult(StrEnum):
    OK = "OK"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"


class ErrorLevel(StrEnum):
    INFORM = "INFORM"
    WARNING = "WARNING"
    FATAL = "FATAL"
    CATASTROPHIC = "CATASTROPHIC"


@dataclass(frozen=True, slots=True)
class Id:
    """An identifier in a reply, an error or a delete request."""

    value: str
    kind: str = "uuid"
    object_type: str = ""
    id_type: str = ""
    id_authority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Message header. Texts are "" and flags None where the element is absent.

    ``timestamp`` and ``replay_created`` carry an offset; the two ``replay_`` values are
    ReplayDetection. ``properties`` are the Name/Value pairs, names unique.
    """

    verb: Verb
    noun: str
    message_id: str = ""
    correlation_id: str = ""
    timestamp: datetime | None = None
    source: str = ""
    context: str = ""
    revision: str = ""
    replay_nonce: str = ""
    replay_created: datetime | None = None
    async_reply: bool | None = None
    reply_address: str = ""
    ack_required: bool | None = None
    user_id: str = ""
    organization: str = ""
    comment: str = ""
    properties: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where in the sender's software an error happened."""

    node: str = ""
    pipeline: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """One finding of a reply; ``code`` is explained by :func:`cim.errors.meaning`.

    ``xpath`` is a qualified name; its prefix must be declared in the message.
    """

    code: str
    level: ErrorLevel | None = None
    reason: str = ""
    details: str = ""
    xpath: str = ""
    stack_trace: str = ""
    location: Location | None = None
    id: Id | None = None
    related_id: Id | None = None
    operation_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    result: ReplyResult
    errors: tuple[Error, ...] = ()
    ids: tuple[Id, ...] = ()
    operation_id: int | None = None

    @property
    def is_ok(self) -> bool:
        return self.result is ReplyResult.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Parameters of a request; ``options`` are name and value pairs in their order.

    ``queries`` are elements of other namespaces: what a get asks for.
    """

    start_time: datetime | None = None
    end_time: datetime | None = None
    options: tuple[tuple[str, str], ...] = ()
    ids: tuple[Id, ...] = ()
    queries: tuple[etree._Element, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as received.

    ``typed_noun`` is the noun that a typed name tells: of an OperationSet the header does not.
    A fault has no header: an empty reply header stands in, so that callers need not ask.
    ``payload_ids`` are the ID elements of a cancel, close or delete. ``operation_set`` is read by
    :mod:`cim.operations`.
    """

    shape: Shape
    header: Header
    is_typed: bool
    typed_noun: str = ""
    payload: etree._Element | None = None
    payload_ids: tuple[Id, ...] = ()
    operation_set: etree._Element | None = None
    reply: Reply | None = None
    request: Request | None = None
