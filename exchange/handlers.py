"""Reconciliations: a system asks by message whether it knows what it may read (M1, F26).

The same reads and comparisons as /api/v1/der/digest/ and /api/v1/der/compare/.
"""

import re
from uuid import UUID

from cim import errors as codes
from cim.envelope import Id
from cim.profiles import reconciliations
from cim.profiles.reconciliations import Difference, DifferenceKind, Part, Reconciliation

from .selectors import SHOWN_DIFFERENCES, differences_of
from .services import Answer, Arrival, ListRefused, compare_with_list, refusal
from .streams import read_digests

MOST_KNOWN = 40_000
PREFIX = "prefix"
_HEX = re.compile(r"[0-9a-fA-F]{1,8}", re.ASCII)


def get_reconciliations(arrival: Arrival) -> Answer:
    """The digest of what the endpoint may read, or of its slice in the Option “prefix”."""
    whole, *parts = read_digests(endpoint_id=arrival.endpoint.pk, prefix=_slice(arrival))
    found = Reconciliation(
        count=whole.count,
        prefix=whole.prefix,
        sha256=whole.sha256,
        parts=tuple(
            Part(count=each.count, prefix=each.prefix, sha256=each.sha256) for each in parts
        ),
    )
    return Answer(payload=reconciliations.to_element([found]))


def create_reconciliations(arrival: Arrival) -> Answer:
    """What is different in the endpoint's own list; on record, so that it can be sent."""
    if arrival.message.payload is None:
        raise refusal(codes.PAYLOAD_MISSING, "the Payload is missing")
    told = reconciliations.from_element(arrival.message.payload)
    if len(told) != 1:
        raise refusal(codes.TOO_MANY_ITEMS, "one Reconciliation in each message")
    known, prefix = _known(told[0]), _checked(told[0].prefix)
    try:
        made = compare_with_list(
            endpoint=arrival.endpoint, known=known, prefix=prefix, at=arrival.at
        )
    except ListRefused as refused:
        raise refusal(codes.INVALID, f"prefix: {refused}") from refused
    found = Reconciliation(
        comparison=made.pk,
        difference_count=made.difference_count,
        matching_count=made.matching_count,
        prefix=prefix,
        differences=tuple(
            Difference(
                kind=DifferenceKind(each.kind),
                mrid=str(each.object_mrid),
                our_version=each.our_version,
                their_version=each.their_version,
            )
            for each in differences_of(made)[:SHOWN_DIFFERENCES]
        ),
    )
    return Answer(
        payload=reconciliations.to_element([found]),
        ids=(Id(str(made.pk), kind="transaction", object_type="Reconciliation"),),
    )


def _slice(arrival: Arrival) -> str:
    """The prefix asked for. Raises InboundRefused for a registry that is not the endpoint's."""
    request = arrival.message.request
    if request is None:
        return ""
    for each in request.ids:
        if each.value.strip().lower() != str(arrival.endpoint.mrid):
            about = Id(each.value, kind=each.kind or "uuid", object_type="Reconciliation")
            raise refusal(codes.REQUEST_ID_INVALID, "there is no such registry", id=about)
    options = [(name.strip(), value.strip()) for name, value in request.options]
    if unknown := [name for name, _ in options if name != PREFIX]:
        raise refusal(codes.REQUEST_MISSING, f"there is no Option {unknown[0][:60]!r} here")
    if len(options) > 1:
        raise refusal(codes.TOO_MANY_ITEMS, "the Option “prefix” may be given once")
    if not options:
        return ""
    if not options[0][1]:
        raise _no_prefix()
    return _checked(options[0][1])


def _checked(prefix: str) -> str:
    if prefix and not _HEX.fullmatch(prefix):
        raise _no_prefix()
    return prefix.lower()


def _no_prefix() -> Exception:
    return refusal(codes.INVALID, "prefix: 1 to 8 hexadecimal digits are needed, such as 5f0")


def _known(told: Reconciliation) -> dict[UUID, int]:
    if len(told.known) > MOST_KNOWN:
        reason = f"at most {MOST_KNOWN} KnownObjects; compare slices by their prefix"
        raise refusal(codes.TOO_MANY_ITEMS, reason)
    try:
        known = {UUID(each.mrid): each.version for each in told.known}
    except ValueError as error:
        raise refusal(codes.INVALID, "KnownObjects/mRID must be a UUID") from error
    if len(known) < len(told.known):
        raise refusal(codes.INVALID, "KnownObjects: an mRID is there twice")
    return known
