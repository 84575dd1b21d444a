"""Questions about what other systems were told or asked of an object, and what they call it."""

from collections.abc import Sequence
from uuid import UUID

from cim.envelope import Verb

from ..models import Endpoint, ObjectName, OutboundMessage


def requests_about(object_mrids: Sequence[UUID]) -> list[OutboundMessage]:
    """WR1, SO1: what other systems were asked about these objects, with what they answered.

    The oldest first, without bodies, with the names that were told (``object_names``); 2 queries.
    """
    asked = OutboundMessage.objects.filter(
        object_mrid__in=object_mrids, verb__in=OutboundMessage.REQUESTS
    )
    found = asked.select_related("endpoint").prefetch_related("object_names").defer("body")
    return list(found.order_by("pk"))


def names_at(endpoint: Endpoint, object_mrid: UUID) -> list[str]:
    """What the endpoint calls one of our objects, the first name first."""
    known = ObjectName.objects.filter(endpoint=endpoint, object_mrid=object_mrid)
    return list(known.order_by("pk").values_list("name", flat=True))


def object_named_at(endpoint: Endpoint, name: str) -> UUID | None:
    """The mRID of what the endpoint calls by this name; the latest, if it used it again."""
    known = ObjectName.objects.filter(endpoint=endpoint, name=name).order_by("-pk")
    return known.values_list("object_mrid", flat=True).first()


def was_told_about(endpoint: Endpoint, object_mrid: UUID) -> bool:
    """Whether a message about the object was ever written for the endpoint, other than a reply."""
    told = OutboundMessage.objects.filter(object_mrid=object_mrid, endpoint=endpoint)
    return told.exclude(verb=Verb.REPLY).exists()


def messages_about(object_mrids: Sequence[UUID], *, noun: str) -> list[OutboundMessage]:
    """Every message of a noun about these objects, the oldest first, without bodies; 1 query.

    But for replies: what somebody asked for is no news.
    """
    found = OutboundMessage.objects.filter(object_mrid__in=object_mrids, noun=noun)
    found = found.exclude(verb=Verb.REPLY)
    return list(found.select_related("endpoint").defer("body").order_by("pk"))
