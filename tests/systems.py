"""Systems that send messages to the portal over a real socket: a third party's, work management."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import requests
from lxml import etree

from cim.envelope import Header, Id, Message, Request, Verb
from cim.envelope_out import event_message, request_message
from cim.messages import read
from cim.validation import validate
from cim.xml import serialize
from exchange.models import Endpoint, InboundMessage, OutboundMessage
from exchange.tests.factories import make_token

PAST = {Verb.CHANGED, Verb.CLOSED, Verb.CREATED, Verb.CANCELED}


@dataclass
class System:
    """One endpoint as its own people see it: it sends a message and reads the answer."""

    endpoint: Endpoint
    url: str

    def send(
        self,
        verb: Verb,
        noun: str,
        payload: etree._Element | None = None,
        *ids: str,
        message_id: str = "",
        **facts: Any,
    ) -> Message:
        """POST the message; the answer was checked against the schemas."""
        self.message_id = message_id or str(uuid4())
        header = Header(
            verb=verb,
            noun=noun,
            message_id=self.message_id,
            correlation_id=str(uuid4()),
            source=self.endpoint.name,
            context=self.endpoint.context,
            **facts,
        )
        request = Request(ids=tuple(Id(each) for each in ids)) if ids else None
        is_event = verb in PAST
        root = (
            event_message(header, payload)
            if is_event
            else request_message(header, payload, request)
        )
        self.sent = serialize(root)
        return self.post(self.sent)

    def post(self, body: bytes) -> Message:
        """POST bytes; the answer, read."""
        answer = requests.post(
            f"{self.url}/cim/v1/messages",
            data=body,
            headers={"Authorization": f"Bearer {make_token(self.endpoint, 'message:send')}"},
            timeout=60,
        )
        assert validate(answer.content) == []
        self.status, self.answer = answer.status_code, answer.content
        return read(answer.content)

    def row(self) -> InboundMessage:
        """The portal's record of the last message."""
        return InboundMessage.objects.get(endpoint=self.endpoint, message_id=self.message_id)

    def told(self, noun: str, mrid: UUID | None = None) -> list[Message]:
        """What waits to be sent to this system about an object, the oldest first."""
        found = OutboundMessage.objects.filter(endpoint=self.endpoint, noun=noun)
        if mrid is not None:
            found = found.filter(object_mrid=mrid)
        return [read(bytes(each.body)) for each in found.order_by("sequence")]


def errors_of(message: Message) -> list[tuple[str, str]]:
    """Code and reason of each error of an answer."""
    assert message.reply is not None
    return [(each.code, each.reason) for each in message.reply.errors]


def codes(message: Message) -> list[str]:
    """The codes of an answer."""
    return [code for code, _ in errors_of(message)]
