"""SR9, D1: an endpoint that is new, was stopped, or got another territory catches up."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from exchange.selectors import (
    Endpoint,
    endpoints_to_catch_up,
    published_after,
    published_versions,
    withdrawn_version,
)
from exchange.services import catching_up, enqueue_for, note_caught_up, withdraw
from registry.selectors import Der, active_der_after, active_der_mrids, der_for_documents
from registry.services import renumber_der

from ..messages import der_left
from ..telling import endpoints_of, tell
from ..telling_agreements import tell_of_agreements

log = logging.getLogger(__name__)
AT_ONCE = 25


@dataclass(frozen=True)
class Aligned:
    """How many DER the endpoint was told of, and how many it may no longer read."""

    told: int
    withdrawn: int


def align_endpoint(*, endpoint: Endpoint, at: datetime) -> Aligned:
    """Tell the endpoint of every active DER that it lacks; withdraw what is no longer its own.

    Each DER in a transaction of its own; running it again changes nothing.
    """
    published = published_versions(endpoint)
    told = {mrid for mrid in active_der_mrids() if _tell_if_entitled(endpoint, mrid, at)}
    lost = [
        mrid
        for mrid in published.keys() - told
        if not _is_entitled(endpoint, mrid) and _withdraw(endpoint, mrid, published[mrid], at)
    ]
    return Aligned(told=len(told), withdrawn=len(lost))


def catch_up_endpoints(*, at: datetime, may_go_on: Callable[[], bool] = lambda: True) -> int:
    """Tell endpoints that were started of what is in service; returns how many DER were looked at.

    What is no longer theirs is withdrawn. A few in each transaction: a worker that is killed leaves
    the rest to the next run.
    """
    done = 0
    for endpoint in endpoints_to_catch_up():
        while may_go_on() and (count := _catch_up_some(endpoint, at)):
            done += count
    return done


def _catch_up_some(endpoint: Endpoint, at: datetime) -> int:
    with catching_up(endpoint) as after:
        if endpoint.catch_up_asked_at is None or not endpoint.is_active:
            return 0
        active = set(active_der_after(after, AT_ONCE))
        found = sorted(active | set(published_after(endpoint, after, AT_ONCE)))[:AT_ONCE]
        for mrid in found:
            _align_one(endpoint, mrid, at, is_active=mrid in active)
        note_caught_up(endpoint, upto=found[-1] if found else None)
    return len(found)


def _align_one(endpoint: Endpoint, mrid: UUID, at: datetime, *, is_active: bool) -> None:
    """One that cannot be told stops no other."""
    try:
        if is_active and _tell_if_entitled(endpoint, mrid, at):
            return
    except LookupError as error:
        log.warning("%s was not told of %s: %s", endpoint, mrid, error)
        return
    version = published_versions(endpoint, mrid).get(mrid)
    if version is not None and not _is_entitled(endpoint, mrid):
        _withdraw(endpoint, mrid, version, at)


@transaction.atomic
def _tell_if_entitled(endpoint: Endpoint, mrid: UUID, at: datetime) -> bool:
    der = der_for_documents(mrid)
    known = published_versions(endpoint, mrid).get(mrid)
    if known == der.version:
        return False
    if not _is_entitled(endpoint, mrid):
        return False
    left_with = withdrawn_version(endpoint, mrid)
    if left_with is not None and left_with >= der.version:
        return _tell_of_return(endpoint, der, left_with, at)
    tell([endpoint], der, verb="created" if known is None else "changed", at=at)
    _tell_agreements(endpoint, der, at)
    return True


def _tell_agreements(endpoint: Endpoint, der: Der, at: datetime) -> None:
    """A third party's endpoint hears of the agreements too; nobody else does."""
    if endpoint.owner_mrid is not None:
        tell_of_agreements(der, at=at, only=endpoint)


def _tell_of_return(endpoint: Endpoint, der: Der, left_with: int, at: datetime) -> bool:
    """A DER that comes back needs a later version; whoever knows it already hears of it too."""
    renumber_der(der=der, above=left_with)
    others = [each for each in endpoints_of(der) if each != endpoint]
    tell([endpoint], der, verb="created", at=at)
    tell(others, der, verb="changed", at=at)
    _tell_agreements(endpoint, der, at)
    return True


def _is_entitled(endpoint: Endpoint, mrid: UUID) -> bool:
    return endpoint in endpoints_of(der_for_documents(mrid))


@transaction.atomic
def _withdraw(endpoint: Endpoint, mrid: UUID, version: int, at: datetime) -> bool:
    """Out of what it may read, and out of what it was told, with the version it was told last."""
    withdraw(endpoint=endpoint, object_mrid=mrid, object_version=version)
    if endpoint.is_active:
        enqueue_for(
            endpoints=[endpoint],
            noun="EndDeviceConfig",
            verb="deleted",
            object_mrid=mrid,
            object_version=version,
            payload=lambda: der_left(mrid, version, at),
            at=at,
        )
        _tell_agreements(endpoint, der_for_documents(mrid), at)
    return True
