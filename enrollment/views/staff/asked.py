"""What work management was asked about a case, and what it answered: refusals are for the staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from exchange.selectors import OutboundMessage, requests_about

State = OutboundMessage.State
_STANDINGS = {
    State.PENDING: ("Not answered yet", "info"),
    State.DELIVERED: ("Accepted", "ok"),
    State.DEAD: ("Refused", "bad"),
    State.SKIPPED: ("Skipped", "hold"),
}
_VERBS = {"create": "asked for", "change": "change", "cancel": "off", "close": "over"}


@dataclass(frozen=True)
class Asked:
    """How the last request about one object stands at one system.

    A refused one stays on top until it is sent again or skipped, for later ones wait behind it.
    """

    title: str
    system: str
    act: str
    standing: str
    tone: str
    known_as: str
    error: str
    message_id: UUID

    @property
    def is_refused(self) -> bool:
        """Whether people must look at it."""
        return self.tone == _STANDINGS[State.DEAD][1]


def asked_about(titles: dict[UUID, str]) -> list[Asked]:
    """What was asked about these objects, by system; two queries."""
    by_object: dict[tuple[UUID, int], list[OutboundMessage]] = {}
    for message in requests_about(list(titles)):
        key = (message.object_mrid, message.endpoint_id)
        by_object.setdefault(key, []).append(message)
    found = [_asked(titles[mrid], messages) for (mrid, _), messages in by_object.items()]
    return sorted(found, key=lambda each: not each.is_refused)


def _asked(title: str, messages: Sequence[OutboundMessage]) -> Asked:
    refused = [each for each in messages if each.state == State.DEAD]
    shown = refused[0] if refused else messages[-1]
    names = [each.name for message in messages for each in message.object_names.all()]
    standing, tone = _STANDINGS[State(shown.state)]
    return Asked(
        title=title,
        system=shown.endpoint.name,
        act=_VERBS[shown.verb],
        standing=standing,
        tone=tone,
        known_as=", ".join(dict.fromkeys(names)),
        error=shown.last_error,
        message_id=shown.message_id,
    )
