"""A reply that comes later (AsyncReplyFlag): the request is acknowledged at once (M2, F8).

The effect happens in the request all the same; its reply waits in the outbox, written in the same
transaction, and goes to the sender's registered address and to no other.
"""

from contextlib import suppress
from urllib.parse import urlsplit
from uuid import UUID

from cim import errors as codes
from cim.envelope import Error, ErrorLevel, Header, Id, Message, Shape
from exchange.models import Endpoint, OutboundMessage

from .answers import Answer, Arrival, refusal, reply_bytes
from .outbox import enqueue_reply

_PORTS = {"http": 80, "https": 443}


def wants_reply_later(message: Message) -> bool:
    """Whether it is a request with AsyncReplyFlag; an event has nothing to wait for."""
    return bool(message.header.async_reply) and message.shape is Shape.REQUEST


def check_reply_address(endpoint: Endpoint, message: Message) -> None:
    """Whether the reply can come later, and where. Raises InboundRefused."""
    if not wants_reply_later(message):
        return
    if endpoint.format == Endpoint.Format.JSON:
        raise refusal(
            codes.POLICY_VIOLATED,
            "Header/AsyncReplyFlag: this endpoint receives JSON notices, which hold no reply; "
            "ask without the flag",
        )
    address = message.header.reply_address.strip()
    if address and _parts(address) != _parts(endpoint.url):
        raise refusal(
            codes.POLICY_VIOLATED,
            "Header/ReplyAddress must be empty or the registered address of this endpoint: "
            "replies are sent nowhere else (security)",
        )
    if _correlation_id(message.header) is None:
        raise refusal(
            codes.REQUEST_ID_INVALID,
            "Header/CorrelationID (without one, MessageID) must be a UUID if the reply is to "
            "come later: it is known by it",
        )


def reply_later(arrival: Arrival, answer: Answer, *, object_mrid: str) -> bytes:
    """Enqueue the reply, in the caller's transaction; the acknowledgement.

    Raises MessageRefused for an answer that is not valid.
    """
    header = arrival.message.header
    correlation_id = _correlation_id(header)
    assert correlation_id is not None  # noqa: S101 - it was checked at the door
    queued = enqueue_reply(
        endpoint=arrival.endpoint,
        noun=header.noun,
        correlation_id=correlation_id,
        object_mrid=_uuid(object_mrid),
        at=arrival.at,
        build=lambda message_id, told: reply_bytes(
            arrival, answer, message_id=message_id, properties=told
        ),
    )
    return _acknowledgement(arrival, queued)


def _acknowledgement(arrival: Arrival, queued: OutboundMessage) -> bytes:
    told = Error(
        code=codes.ACKNOWLEDGED,
        level=ErrorLevel.INFORM,
        reason="the reply comes in a message of its own",
    )
    name = Id(str(queued.message_id), kind="transaction", object_type="ResponseMessage")
    return reply_bytes(arrival, Answer(errors=(told,), ids=(name,)))


def _correlation_id(header: Header) -> UUID | None:
    return _uuid(header.correlation_id or header.message_id)


def _uuid(text: str) -> UUID | None:
    with suppress(ValueError):
        return UUID(text)
    return None


def _parts(address: str) -> tuple[str, str | None, int | None, str, str] | None:
    """What makes an address the same; None if it is none, or holds a name and password."""
    with suppress(ValueError):
        parts = urlsplit(address)
        if parts.scheme in _PORTS and parts.username is None and not parts.fragment:
            port = parts.port or _PORTS[parts.scheme]
            return parts.scheme, parts.hostname, port, parts.path or "/", parts.query
    return None
