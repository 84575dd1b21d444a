"""M1, F26: send an endpoint what it lacks, and check each night that nobody lacks anything."""

import logging
from datetime import datetime

from django.db import transaction

from customers.selectors import User
from exchange.selectors import (
    Difference,
    Endpoint,
    Reconciliation,
    differences_of,
    endpoints,
    failed_messages_about,
)
from exchange.services import begin_resync, compare_with_deliveries, resend
from registry.selectors import der_for_documents

from ..telling import NOUN, tell

log = logging.getLogger(__name__)
VERBS = {Difference.Kind.MISSING: "created", Difference.Kind.OUTDATED: "changed"}


@transaction.atomic
def resync_endpoint(*, reconciliation: Reconciliation, by: User, at: datetime) -> int:
    """Send what a comparison found missing or outdated; returns how many DER that are.

    Where messages about a DER failed they are sent again, because later ones wait behind them.
    What the DERMS should not know, or knows in a newer version, people must look at.
    Raises ResyncRefused.
    """
    begun = begin_resync(reconciliation=reconciliation, by=by, at=at)
    wanted = differences_of(begun).filter(kind__in=VERBS)
    for difference in wanted:
        _send(begun.endpoint, difference, by, at)
    return len(wanted)


def check_deliveries(*, at: datetime) -> list[Reconciliation]:
    """Each night: compare every active endpoint's documents with what it was told."""
    made = [
        compare_with_deliveries(endpoint=endpoint, noun=NOUN, at=at)
        for endpoint in endpoints().filter(is_active=True)
    ]
    for comparison in made:
        if comparison.difference_count:
            log.warning(
                "%s was not told of everything; differences: %d",
                comparison.endpoint,
                comparison.difference_count,
            )
    return made


def _send(endpoint: Endpoint, difference: Difference, by: User, at: datetime) -> None:
    failed = failed_messages_about(endpoint, difference.object_mrid)
    for message in failed:
        resend(message=message, by=by, at=at)
    if not failed:
        der = der_for_documents(difference.object_mrid)
        tell([endpoint], der, verb=VERBS[Difference.Kind(difference.kind)], at=at)
