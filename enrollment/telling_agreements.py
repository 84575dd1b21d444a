"""CA2, CA3, F31-A, F32-A: a third party hears which agreements its customer made for a DER.

Told are the endpoints of the third party that the customer named, from the application's sending
on: created when it was accepted, changed when it holds, canceled when it lapsed, was replaced or is
no longer that third party's to know, closed when it ended. Everything in the caller's transaction.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from cim.envelope import Verb
from exchange.selectors import Endpoint, OutboundMessage, endpoints_of_owner, messages_about
from exchange.services import enqueue_message
from registry.selectors import Der
from tariffs.selectors import CustomerAgreement, agreements_of

from .messages import agreement_told

NOUN = "CustomerAgreements"


class Standing(StrEnum):
    """How an agreement stands, in the words of CIM Status.value."""

    ACCEPTED = "accepted"
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    ENDED = "ended"


OVER = {Standing.SUPERSEDED: Verb.CANCELED, Standing.ENDED: Verb.CLOSED}
NOT_YOURS = "The DER is no longer under a contract with you."


def endpoints_told_of_agreements(der: Der | None) -> list[Endpoint]:
    """Whom to lock before tell_of_agreements(): the third party, and one that was told before."""
    if der is None:
        return []
    told = _told(agreements_of(der))
    return _party(der) + [each.endpoint for each in told]


def tell_of_agreements(der: Der, *, at: datetime, only: Endpoint | None = None) -> None:
    """Tell each endpoint (or one) what it was not told yet; again, and nothing is told twice."""
    agreements = sorted(agreements_of(der), key=lambda each: each.pk)
    told: dict[tuple[int, CustomerAgreement], list[OutboundMessage]] = {}
    by_mrid = {each.mrid: each for each in agreements}
    party = {each.pk: each for each in _party(der)}
    hearing = dict(party)
    for message in _told(agreements):
        key = (message.endpoint_id, by_mrid[message.object_mrid])
        told.setdefault(key, []).append(message)
        hearing[message.endpoint_id] = message.endpoint
    for pk, endpoint in sorted(hearing.items()):
        if only is not None and pk != only.pk:
            continue
        for agreement in agreements:
            messages = told.get((pk, agreement), [])
            _tell(endpoint, der, agreement, messages, is_party=pk in party, at=at)


def _tell(
    endpoint: Endpoint,
    der: Der,
    agreement: CustomerAgreement,
    told: list[OutboundMessage],
    *,
    is_party: bool,
    at: datetime,
) -> None:
    verb = _verb(agreement, told[-1] if told else None, is_party=is_party)
    if verb is None or not endpoint.is_active:
        return
    version = len(told) + 1
    enqueue_message(
        endpoint=endpoint,
        noun=NOUN,
        verb=verb,
        object_mrid=agreement.mrid,
        object_version=version,
        payload=agreement_told(
            der,
            agreement,
            version=version,
            status=standing_of(agreement),
            reason="" if is_party else NOT_YOURS,
        ),
        at=at,
    )


def standing_of(agreement: CustomerAgreement) -> Standing:
    """An active one stays active until the one that supersedes it is."""
    if agreement.active_to is not None:
        return Standing.ENDED
    if agreement.active_from is not None:
        return Standing.ACTIVE
    return Standing.ACCEPTED if agreement.superseded_at is None else Standing.SUPERSEDED


def _verb(
    agreement: CustomerAgreement, last: OutboundMessage | None, *, is_party: bool
) -> Verb | None:
    standing = standing_of(agreement)
    ending = OVER.get(standing) if is_party else OVER.get(standing, Verb.CANCELED)
    if last is None or last.verb in OVER.values():
        return None if ending else Verb.CREATED
    if ending:
        return ending
    return Verb.CHANGED if standing is Standing.ACTIVE and last.verb == Verb.CREATED else None


def _party(der: Der) -> list[Endpoint]:
    return endpoints_of_owner(der.provider.mrid) if der.provider else []


def _told(agreements: Iterable[CustomerAgreement]) -> list[OutboundMessage]:
    return messages_about([each.mrid for each in agreements], noun=NOUN)
