"""SR9, D1: an endpoint that is new, was stopped, or got another territory catches up."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from exchange.selectors import Endpoint, published_versions, withdrawn_version
from exchange.services import enqueue_for, withdraw
from registry.selectors import Der, active_der_mrids, der_for_documents
from registry.services import renumber_der

from ..messages import der_left
from ..telling import endpoints_of, tell


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


@transaction.atomic
def _tell_if_entitled(endpoint: Endpoint, mrid: UUID, at: datetime) -> bool:
    der = der_for_documents(mrid)
    if published_versions(endpoint, mrid).get(mrid) == der.version:
        return False
    if not _is_entitled(endpoint, mrid):
        return False
    left_with = withdrawn_version(endpoint, mrid)
    if left_with is not None and left_with >= der.version:
        return _tell_of_return(endpoint, der, left_with, at)
    tell([endpoint], der, verb="created", at=at)
    return True


def _tell_of_return(endpoint: Endpoint, der: Der, left_with: int, at: datetime) -> bool:
    """A DER that comes back needs a later version; whoever knows it already hears of it too."""
    renumber_der(der=der, above=left_with)
    others = [each for each in endpoints_of(der) if each != endpoint]
    tell([endpoint], der, verb="created", at=at)
    tell(others, der, verb="changed", at=at)
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
    return True
