"""What a handler gets and gives, and the bytes that answer a message. No database here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID, uuid4

from django.conf import settings
from lxml import etree

from cim import errors as codes
from cim.envelope import Error, ErrorLevel, Id, Message, ReplyResult
from cim.messages import build_fault, build_reply
from exchange.models import Endpoint

# The sender may send the same message again: the reason was ours or lay in the moment.
RETRYABLE = frozenset({"3.2", "4.1", "5.1", "5.2", "5.3", "5.5", "5.6", "5.7", "7.1"})
# Of an OperationSet: what another operation's failure did to this one.
_CONSEQUENCES = frozenset({"5.2", "5.9"})
_NO_PROPERTIES: Mapping[str, str] = MappingProxyType({})
_ASK_AGAIN = frozenset({"7.1", "7.2", "7.4"})


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A message that was admitted, the endpoint that sent it, and when it came.

    ``is_element``: it was an operation whose verb is about the elements inside the object.
    """

    endpoint: Endpoint
    message: Message
    at: datetime
    is_element: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is said of a message: a handler says OK or PARTIAL. To fail, it raises InboundRefused.

    ``object_mrid`` is the object that the message was about, for the log.
    """

    result: ReplyResult = ReplyResult.OK
    errors: tuple[Error, ...] = ()
    ids: tuple[Id, ...] = ()
    payload: etree._Element | None = None
    object_mrid: str = ""


class InboundRefused(Exception):
    """The message has no effect; the errors say why, each with the offending object."""

    def __init__(self, *errors: Error) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{each.code} {each.reason}" for each in errors))

    @property
    def is_retryable(self) -> bool:
        """Whether the same message may be sent again."""
        causes = {each.code for each in self.errors} - _CONSEQUENCES
        return causes <= RETRYABLE


@dataclass(frozen=True, kw_only=True)
class Received:
    """The bytes that answer a message and the HTTP status that fits; a fault has no header."""

    body: bytes
    status: int
    is_fault: bool = False


def refusal(
    code: str,
    reason: str,
    *,
    id: Id | None = None,  # noqa: A002 - the element's name
    level: ErrorLevel = ErrorLevel.FATAL,
) -> InboundRefused:
    """One error as an exception, with the object that is to blame."""
    return InboundRefused(Error(code=code, level=level, reason=printable(reason), id=id))


def reply_bytes(
    arrival: Arrival,
    answer: Answer,
    *,
    message_id: UUID | None = None,
    properties: Mapping[str, str] = _NO_PROPERTIES,
) -> bytes:
    """The ResponseMessage of an effect. Raises MessageRefused for an answer that is not valid."""
    return build_reply(
        arrival.message,
        message_id=message_id or uuid4(),
        timestamp=arrival.at,
        source=settings.MESSAGE_SOURCE,
        result=answer.result,
        errors=answer.errors or (Error(code=codes.OK),),
        ids=answer.ids,
        payload_element=answer.payload,
        properties=properties,
        year=arrival.endpoint.namespace_year or 0,
        edition=arrival.endpoint.edition,
    )


def refusal_bytes(arrival: Arrival, errors: Sequence[Error]) -> bytes:
    """The ResponseMessage FAILED."""
    return reply_bytes(arrival, Answer(result=ReplyResult.FAILED, errors=tuple(errors)))


def fault(code: str, reason: str, *, status: int) -> Received:
    """The FaultMessage for what could not be read, or came from nobody we know."""
    error = Error(code=code, level=ErrorLevel.FATAL, reason=printable(reason))
    return Received(body=build_fault([error]), status=status, is_fault=True)


def status_of(code: str) -> int:
    """The HTTP status of an answer with this error: 401 and 403 for security, else 200."""
    if code in _ASK_AGAIN:
        return 401
    return 403 if code.startswith("7.") else 200


def printable(text: str) -> str:
    """The text without characters that XML or a log cannot carry."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:1000]
