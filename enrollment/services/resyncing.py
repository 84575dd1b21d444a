"""M1, F26: send an endpoint what it lacks, and check each night that nobody lacks anything."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import cast

from django.db import InterfaceError, OperationalError, transaction

from cim.envelope import Verb
from customers.selectors import User, provider_by_mrid
from customers.services import machine_user
from exchange.selectors import (
    Difference,
    Endpoint,
    Reconciliation,
    endpoints,
    failed_messages_about,
    published_versions,
    reconciliations_of,
    resyncs_under_way,
)
from exchange.services import (
    begin_resync,
    compare_with_deliveries,
    lock_for_messages,
    resend,
    ring,
    sending_differences,
)
from registry.selectors import der_for_documents

from ..notices_of_differences import notify_of_differences
from ..telling import NOUN, tell

log = logging.getLogger(__name__)
VERBS = {Difference.Kind.MISSING: "created", Difference.Kind.OUTDATED: "changed"}
TASK = "enrollment.continue_resyncs"
AT_ONCE = 25


@transaction.atomic
def ask_for_resync(*, reconciliation: Reconciliation, by: User, at: datetime) -> Reconciliation:
    """Have a worker send what a comparison found missing or outdated; wake one.

    What the DERMS should not know, or knows in a newer version, people must look at. Asking again
    sends nothing twice. Raises ResyncRefused.
    """
    begun = begin_resync(reconciliation=reconciliation, by=by, at=at)
    if begun.resync_ended_at is None:
        transaction.on_commit(partial(ring, TASK), robust=True)
    return begun


@transaction.atomic
def ask_for_own_resync(*, endpoint: Endpoint, comparison: int, at: datetime) -> Reconciliation:
    """A DERMS asks to be sent what its comparison found. Raises DoesNotExist and ResyncRefused."""
    found = reconciliations_of(endpoint).get(pk=comparison)
    provider = provider_by_mrid(endpoint.owner_mrid)
    by = machine_user(mrid=endpoint.mrid, name=endpoint.name, provider=provider)
    return ask_for_resync(reconciliation=found, by=by, at=at)


def continue_resyncs(*, at: datetime, may_go_on: Callable[[], bool] = lambda: True) -> int:
    """Send the differences of every resync that is under way; returns how many were dealt with.

    A few in each transaction: a worker that is killed leaves the rest to the next run.
    """
    done = 0
    for reconciliation in resyncs_under_way():
        while may_go_on() and (count := _send_some(reconciliation, at)):
            done += count
    return done


def check_deliveries(*, at: datetime) -> list[Reconciliation]:
    """Each night: compare every active endpoint's documents with what it was told.

    Whoever runs the exchange, and the third party that owns the endpoint, hear of differences by
    e-mail, each night for as long as there are some.
    """
    return [_checked(endpoint, at) for endpoint in endpoints().filter(is_active=True)]


@transaction.atomic
def _checked(endpoint: Endpoint, at: datetime) -> Reconciliation:
    made = compare_with_deliveries(endpoint=endpoint, noun=NOUN, at=at)
    if made.difference_count:
        lock_for_messages([endpoint])  # two checks at once tell people once
        notify_of_differences(made, at=at)
        log.warning(
            "%s was not told of everything; differences: %d", endpoint, made.difference_count
        )
    return made


def _send_some(reconciliation: Reconciliation, at: datetime) -> int:
    with sending_differences(reconciliation=reconciliation, limit=AT_ONCE, at=at) as found:
        for difference in found:
            _send_or_note(reconciliation, difference, at)
        return len(found)


def _send_or_note(reconciliation: Reconciliation, difference: Difference, at: datetime) -> None:
    """One that cannot be told stops no other; the comparison's page says which and why."""
    try:
        with transaction.atomic():
            _send(reconciliation, difference, at)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        difference.failure = f"{type(error).__name__}: {error}"[:300]
        log.exception("%s cannot be told of %s", reconciliation.endpoint, difference.object_mrid)


def _send(reconciliation: Reconciliation, difference: Difference, at: datetime) -> None:
    """Failed messages about it are sent again, because later ones wait behind them."""
    endpoint, mrid = reconciliation.endpoint, difference.object_mrid
    asked_by = cast(User, reconciliation.resynced_by)  # whoever asks is a user, a machine too
    failed = failed_messages_about(endpoint, mrid)
    for message in failed:
        resend(message=message, by=asked_by, at=at)
    if any(each.verb != Verb.REPLY for each in failed):
        return
    if mrid not in published_versions(endpoint, mrid):
        difference.failure = "The endpoint may not read it any more."
        return
    tell([endpoint], der_for_documents(mrid), verb=VERBS[Difference.Kind(difference.kind)], at=at)
