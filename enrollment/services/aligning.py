"""SR9, D1: an endpoint that is new, was stopped, or got another territory catches up."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from exchange.selectors import Endpoint, published_versions
from exchange.services import withdraw
from registry.selectors import active_der_mrids, der_for_documents

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
        if not _is_entitled(endpoint, mrid) and _withdraw(endpoint, mrid, published[mrid])
    ]
    return Aligned(told=len(told), withdrawn=len(lost))


@transaction.atomic
def _tell_if_entitled(endpoint: Endpoint, mrid: UUID, at: datetime) -> bool:
    der = der_for_documents(mrid)
    if published_versions(endpoint, mrid).get(mrid) == der.version:
        return False
    if not _is_entitled(endpoint, mrid):
        return False
    tell([endpoint], der, verb="created", at=at)
    return True


def _is_entitled(endpoint: Endpoint, mrid: UUID) -> bool:
    return endpoint in endpoints_of(der_for_documents(mrid))


def _withdraw(endpoint: Endpoint, mrid: UUID, version: int) -> bool:
    withdraw(endpoint=endpoint, object_mrid=mrid, object_version=version)
    return True
