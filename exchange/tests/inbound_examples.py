"""Messages that an endpoint sends us."""

from typing import Any
from uuid import uuid4

from lxml import etree

from cim.envelope import OBJECT_MRID, OBJECT_VERSION, Header, Id, Message, Request, Verb
from cim.envelope_out import event_message, request_message
from cim.messages import read
from cim.xml import serialize
from exchange.models import Endpoint, InboundMessage


def header_of(verb: Verb, noun: str, **facts: Any) -> Header:
    """A header with a fresh MessageID and CorrelationID."""
    facts.setdefault("message_id", str(uuid4()))
    facts.setdefault("correlation_id", str(uuid4()))
    return Header(verb=verb, noun=noun, **facts)


def get_request(noun: str = "EndDeviceConfig", *mrids: str, **facts: Any) -> bytes:
    """A request to read objects."""
    ids = tuple(Id(mrid) for mrid in mrids)
    header = header_of(Verb.GET, noun, **facts)
    return serialize(request_message(header, None, Request(ids=ids)))


def event(
    payload: etree._Element | None = None,
    *,
    noun: str = "EndDeviceConfig",
    verb: Verb = Verb.CHANGED,
    mrid: str = "",
    version: int | str = "",
    **facts: Any,
) -> bytes:
    """An event about an object, with its version if that is given."""
    if version != "":
        facts["properties"] = {OBJECT_MRID: mrid, OBJECT_VERSION: str(version)}
    return serialize(event_message(header_of(verb, noun, **facts), payload))


def row_of(endpoint: Endpoint, message_id: str) -> InboundMessage:
    """The admitted message of this MessageID."""
    return InboundMessage.objects.exclude(state="rejected").get(
        endpoint=endpoint, message_id=message_id
    )


def rejected_rows(endpoint: Endpoint) -> list[InboundMessage]:
    """What was not admitted, the oldest first."""
    return list(InboundMessage.objects.filter(endpoint=endpoint, state="rejected").order_by("pk"))


def codes_of(body: bytes) -> list[str]:
    """The error codes of an answer."""
    return [each.code for each in answer_of(body).reply.errors]


def answer_of(body: bytes) -> Message:
    """An answer, read."""
    return read(body)
