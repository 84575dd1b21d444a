"""Whether a message may come in: readable, from who says so, for us, now (F15, F22).

What is refused here is recorded as rejected and does not use up its MessageID.
"""

from datetime import datetime, timedelta

from django.conf import settings

from cim import errors as codes
from cim.elements import MessageRefused
from cim.envelope import OBJECT_MRID, OBJECT_VERSION, Message, Shape
from cim.messages import read
from exchange.models import Endpoint, InboundMessage

from .answers import refusal
from .later import check_reply_address

_LONGEST = {"MessageID": 100, "CorrelationID": 100, "Noun": 60, OBJECT_MRID: 100}


def check_shape(message: Message) -> None:
    """A request or an event, with a MessageID. Raises InboundRefused."""
    if message.shape in (Shape.RESPONSE, Shape.FAULT):
        raise refusal(codes.VERB_INVALID, "a reply cannot be sent here")
    if not message.header.message_id:
        raise refusal(codes.HEADER_MISSING, "Header/MessageID is missing")
    for name, value in _identifiers(message).items():
        if len(value) > _LONGEST[name]:
            raise refusal(codes.INVALID, f"{name} is longer than {_LONGEST[name]} characters")
    object_version(message)


def check_admission(endpoint: Endpoint, message: Message, *, at: datetime) -> None:
    """Source, Context and time of a message that was not seen before. Raises InboundRefused."""
    header = message.header
    own = {endpoint.name, endpoint.source, str(endpoint.mrid)}
    if header.source.strip() and header.source.strip() not in own:
        known = ", ".join(repr(each) for each in sorted(own) if each)
        raise refusal(
            codes.SOURCE_INVALID, f"Header/Source {header.source.strip()[:80]!r} is none of {known}"
        )
    if header.context.strip() and header.context.strip() != endpoint.context:
        raise refusal(
            codes.POLICY_VIOLATED,
            f"Header/Context is {header.context!r}; this endpoint is for {endpoint.context}",
        )
    check_reply_address(endpoint, message)
    _check_time("Timestamp", header.timestamp, at)
    _check_time("ReplayDetection/Created", header.replay_created, at)
    if header.replay_nonce and _is_used(endpoint, header.replay_nonce):
        raise refusal(codes.POLICY_VIOLATED, "ReplayDetection/Nonce was used before")


def check_strictly(endpoint: Endpoint, body: bytes) -> None:
    """A strict endpoint's message must keep every rule and validate; any other's is tolerated.

    Raises InboundRefused.
    """
    if not endpoint.is_strict:
        return
    try:
        read(body, is_strict=True, edition=endpoint.edition)
    except MessageRefused as refused:
        raise refusal(refused.code, refused.detail) from refused


def object_version(message: Message) -> int | None:
    """The ObjectVersion property. Raises InboundRefused unless it is a whole number."""
    text = message.header.properties.get(OBJECT_VERSION, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise refusal(codes.INVALID, f"{OBJECT_VERSION} is no whole number")
    return int(text)


def _identifiers(message: Message) -> dict[str, str]:
    header = message.header
    return {
        "MessageID": header.message_id,
        "CorrelationID": header.correlation_id,
        "Noun": header.noun,
        OBJECT_MRID: header.properties.get(OBJECT_MRID, ""),
    }


def _check_time(name: str, moment: datetime | None, at: datetime) -> None:
    window = timedelta(seconds=settings.INBOUND_WINDOW_SECONDS)
    if moment is not None and abs(at - moment) > window:
        raise refusal(
            codes.POLICY_VIOLATED,
            f"Header/{name} is more than {settings.INBOUND_WINDOW_SECONDS} s away from now",
        )


def _is_used(endpoint: Endpoint, nonce: str) -> bool:
    return (
        InboundMessage.objects.filter(endpoint=endpoint, replay_nonce=nonce[:100])
        .exclude(state=InboundMessage.State.REJECTED)
        .exists()
    )
