"""A message of several operations that was done in part: the failed ones are sent again (F6)."""

from dataclasses import replace
from datetime import datetime

from django.db.models.functions import Now
from lxml import etree

from cim.elements import MessageRefused
from cim.messages import read
from cim.operations import from_element, to_element
from cim.xml import XmlRefused
from exchange.models import OutboundMessage

from .outbox import MessageInvalid, enqueue_message


def send_remainder(*, message_pk: int, operations: tuple[int, ...]) -> OutboundMessage | None:
    """Enqueue what failed as a message of its own, before everything else of the object.

    A message that holds none of these operations fails instead: nobody can tell what to repeat.
    """
    messages = OutboundMessage.objects.select_related("endpoint").annotate(now=Now())
    message = messages.get(pk=message_pk)
    if message.is_repeat or hasattr(message, "remainder"):
        return None
    try:
        payload = _rest(bytes(message.body), operations)
        return _enqueued(message, payload, at=message.now)
    except (MessageRefused, XmlRefused, MessageInvalid) as refused:
        note = f"{message.last_error}; what failed cannot be sent by itself: {refused}"
        OutboundMessage.objects.filter(pk=message.pk).update(
            state=OutboundMessage.State.DEAD, last_error=note
        )
        return None


def _enqueued(
    message: OutboundMessage, payload: etree._Element, *, at: datetime
) -> OutboundMessage:
    return enqueue_message(
        endpoint=message.endpoint,
        noun=message.noun,
        verb=message.verb,
        object_mrid=message.object_mrid,
        object_version=message.object_version,
        payload=payload,
        at=at,
        remainder_of=message,
    )


def _rest(body: bytes, numbers: tuple[int, ...]) -> etree._Element:
    """The OperationSet with only these operations. Raises MessageRefused and XmlRefused."""
    element = read(body).operation_set
    if element is None:
        raise MessageRefused("1.7", "the message holds no OperationSet")
    wanted = from_element(element)
    kept = tuple(each for each in wanted.operations if each.operation_id in numbers)
    if not kept:
        raise MessageRefused("2.15", f"the message holds no operation {numbers}")
    return to_element(replace(wanted, operations=kept))
