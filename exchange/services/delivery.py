"""Delivery: drain what is due to one endpoint, in order, safe to run any number of times (SR9).

The rows are the truth. A drain takes the endpoint's lease, claims a batch, posts it, and writes
each answer before its connection is used again: a killed worker leaves at most ``concurrency``
messages to be sent twice.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.db import connection

from exchange.models import Endpoint

from .batches import BATCH, claim, record, unclaim, with_heads
from .destinations import destination_of
from .leases import IS_FREE, Lease, LeaseLost, acquire, lease_seconds, release, renew
from .sending import Destination, Outcome, Pacer, Parcel, Sender, SendingWindow, send_all
from .wakeup import poke

log = logging.getLogger(__name__)

_DUE = """
SELECT endpoint.id FROM exchange_endpoint AS endpoint
LEFT JOIN exchange_deliverylease AS lease ON lease.endpoint_id = endpoint.id
WHERE endpoint.is_active
  AND {is_free}
  AND (lease.not_before IS NULL OR lease.not_before <= clock_timestamp())
  AND lease.suspended_at IS NULL
  AND EXISTS (SELECT {heads}) ORDER BY endpoint.id
"""
Outcomes = asyncio.Queue[Outcome | None]


@dataclass(frozen=True)
class _Route:
    """How to reach the endpoint of one drain."""

    lease: Lease
    to: Destination
    concurrency: int
    messages_per_second: int | None


def drain(*, endpoint_id: int) -> int:
    """SR9, F1, F24: deliver what is due to one endpoint; returns how many attempts were made.

    Does nothing while another worker delivers to it. Stops after a few seconds, so that many
    endpoints share few workers, and rings for the rest.
    """
    lease = acquire(endpoint_id=endpoint_id)
    if lease is None:
        return 0
    try:
        route = _route(lease)
        attempts = int(async_to_sync(_drain)(route))
    except LeaseLost as lost:
        log.warning("delivery stopped: %s", lost)
        return 0
    finally:
        release(lease)
    if endpoint_id in endpoints_due():
        poke(endpoint_id)
    return attempts


def endpoints_due() -> list[int]:
    """Endpoints with a message that can be sent now and that no worker serves."""
    with connection.cursor() as cursor:
        due = _DUE.replace("{is_free}", IS_FREE)
        sql = with_heads(due, "endpoint.id", "endpoint.after_failure = 'block'")
        cursor.execute(sql, {"lease": lease_seconds()})
        return [row[0] for row in cursor.fetchall()]


def ring_for_all_due() -> int:
    """F9: wake a worker for each endpoint with something due, whatever became of earlier rings."""
    return sum(poke(endpoint_id) for endpoint_id in endpoints_due())


def _route(lease: Lease) -> _Route:
    endpoint = Endpoint.objects.get(pk=lease.endpoint_id)
    return _Route(
        lease, destination_of(endpoint), endpoint.concurrency, endpoint.messages_per_second
    )


async def _drain(route: _Route) -> int:
    sender = Sender(
        route.to, connections=route.concurrency, timeout_s=settings.EXCHANGE_TIMEOUT_SECONDS
    )
    pacer = Pacer(route.messages_per_second)
    send = partial(send_all, sender=sender, pacer=pacer)
    most = _most_at_once(route)
    clock = asyncio.get_running_loop().time
    budget_s = settings.EXCHANGE_DRAIN_SECONDS
    window = SendingWindow(closes_at=clock() + budget_s, fresh_until=clock() + _fresh_s())
    attempts = 0
    try:
        while clock() < window.closes_at:
            asked_at = clock()
            parcels = await sync_to_async(claim)(
                lease=route.lease, concurrency=route.concurrency, most=most
            )
            window.fresh_until = asked_at + _fresh_s()
            if not parcels:
                break
            attempts += await _send_batch(route, parcels, window, send)
    finally:
        await sender.close()
    return attempts


def _most_at_once(route: _Route) -> int:
    """No more are claimed than can be sent in one drain."""
    if route.messages_per_second is None:
        return BATCH
    seconds = float(settings.EXCHANGE_DRAIN_SECONDS)
    return max(1, math.ceil(route.messages_per_second * seconds))


async def _send_batch(
    route: _Route,
    parcels: list[Parcel],
    window: SendingWindow,
    send: Callable[..., Awaitable[None]],
) -> int:
    """Send and record at the same time; the lease is renewed while slow answers are awaited."""
    outcomes: Outcomes = asyncio.Queue()
    sending = send(parcels, concurrency=route.concurrency, outcomes=outcomes, window=window)
    tasks = [
        asyncio.ensure_future(sending),
        asyncio.ensure_future(_keep_lease(route.lease, window)),
    ]
    try:
        sent = await _record_outcomes(route.lease, outcomes, window)
        await tasks[0]
        return sent
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _record_outcomes(lease: Lease, outcomes: Outcomes, window: SendingWindow) -> int:
    """Write what came in since the last write, again and again: one transaction for each group.

    When the lease is lost nothing more is sent, but what is in flight may still be answered.
    """
    sent, is_open, lost = 0, True, None
    while is_open:
        group = [await outcomes.get()]
        while not outcomes.empty():
            group.append(outcomes.get_nowait())
        is_open = None not in group
        try:
            sent += await _write(lease, [each for each in group if each is not None], window)
        except LeaseLost as error:
            window.closes_at, lost = 0.0, error
        for outcome in group:
            if outcome is not None:
                outcome.written.set()
    if lost is not None:
        raise lost
    return sent


async def _write(lease: Lease, group: list[Outcome], window: SendingWindow) -> int:
    """Record the answers and undo the claims of what was not sent.

    When the endpoint was suspended by these answers, nothing more is sent.
    """
    endings = [(one.parcel, one.answer) for one in group if one.answer is not None]
    unsent = [one.parcel for one in group if one.answer is None]
    if endings:
        may_go_on = await sync_to_async(record)(lease=lease, endings=endings)
        if not may_go_on:
            window.closes_at = 0.0
    if unsent:
        await sync_to_async(unclaim)(lease=lease, parcels=unsent)
    return len(endings)


async def _keep_lease(lease: Lease, window: SendingWindow) -> None:
    """Renew the lease; when it is lost, the window closes by itself."""
    clock = asyncio.get_running_loop().time
    while True:
        await asyncio.sleep(lease_seconds() / 3)
        asked_at = clock()
        await sync_to_async(renew)(lease)
        window.fresh_until = asked_at + _fresh_s()


def _fresh_s() -> float:
    """How long after a renewal a request may still begin: not to the last moment of the lease."""
    return lease_seconds() * 0.9
