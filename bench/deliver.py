"""Run by bench.p8_delivery on a scratch database, with a receiver on a port."""

import asyncio
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from uuid import uuid4

import django

django.setup()

import aiohttp  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import QuerySet  # noqa: E402

from bench.harness import seconds, spread, verdict  # noqa: E402
from cim.profiles import end_device_config  # noqa: E402
from cim.tests.examples import DER  # noqa: E402
from exchange.models import DeliveryAttempt, DeliveryLease, Endpoint, OutboundMessage  # noqa: E402
from exchange.services import drain, endpoints_due, enqueue_message, register_endpoint  # noqa: E402

CONNECTIONS = 32
WORKERS = 4
ENDPOINTS = 20
SECRET = "whsec_" + "A" * 40 + "="
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def main(port: int, count: int, rounds: int) -> None:
    call_command("migrate", verbosity=0)
    for wait_ms in (0, 50):
        run_pipeline(f"http://127.0.0.1:{port}/{wait_ms}/p8", count, rounds, wait_ms)
    run_isolation(f"http://127.0.0.1:{port}", count // ENDPOINTS, rounds)


def run_pipeline(url: str, count: int, rounds: int, wait_ms: int) -> None:
    endpoint = make_endpoint(f"p8, {wait_ms} ms", url, CONNECTIONS, count)
    bodies = [bytes(body) for body in endpoint.messages.values_list("body", flat=True)]
    rates = []
    for _ in range(rounds):
        ours_s = seconds(drain_until_done)
        assert endpoint.messages.filter(state="delivered").count() == count
        forget_deliveries()
        bare_s = seconds(lambda: asyncio.run(post_all(url, bodies)))
        rates.append((count / ours_s, count / bare_s))
    print(f"{wait_ms} ms: ours {spread([ours for ours, _ in rates], '{:.0f}')} messages/s")
    print(f"{wait_ms} ms: bare aiohttp {spread([bare for _, bare in rates], '{:.0f}')} messages/s")
    ratio = median(ours / bare for ours, bare in rates)
    verdict(f"P8 ours / bare aiohttp, receiver takes {wait_ms} ms", ratio, 0.75)
    forget_everything()


def run_isolation(address: str, count: int, rounds: int) -> None:
    """The 19 others beside one that hangs for 30 s and is cut off after 10 s."""
    for number in range(ENDPOINTS):
        make_endpoint(f"p8b-{number:02}", f"{address}/10/e{number}", 8, count)
    hanging = Endpoint.objects.order_by("name").first()
    assert hanging is not None
    others = Endpoint.objects.exclude(pk=hanging.pk)
    times = []
    for _ in range(rounds):
        fine_s = work_until_delivered(others)
        forget_deliveries()
        Endpoint.objects.filter(pk=hanging.pk).update(url=f"{address}/30000/hangs")
        beside_s = work_until_delivered(others)
        Endpoint.objects.filter(pk=hanging.pk).update(url=hanging.url)
        forget_deliveries()
        times.append(fine_s / beside_s)
    print(f"19 endpoints, one hangs: {spread(times)} of the rate without it")
    verdict("P8b others' rate beside one that hangs", median(times), 0.9)


def make_endpoint(name: str, url: str, concurrency: int, count: int) -> Endpoint:
    """An endpoint with messages about as many DER."""
    endpoint = register_endpoint(
        name=name, kind="dso_derms", url=url, secret=SECRET, concurrency=concurrency
    )
    with transaction.atomic():
        for _ in range(count):
            enqueue(endpoint, NOON)
    return endpoint


def enqueue(endpoint: Endpoint, at: datetime) -> None:
    """A message about a DER of its own."""
    mrid = uuid4()
    enqueue_message(
        endpoint=endpoint,
        noun="EndDeviceConfig",
        verb="created",
        object_mrid=mrid,
        object_version=1,
        payload=end_device_config.to_element(replace(DER, mrid=str(mrid), version=1)),
        at=at,
    )


def drain_until_done() -> None:
    """What a worker does for one endpoint: drains, each a few seconds long."""
    while due := endpoints_due():
        for endpoint_id in due:
            drain(endpoint_id=endpoint_id)


def work_until_delivered(others: QuerySet[Endpoint]) -> float:
    """Four workers serve whatever is due; seconds until these endpoints have everything.

    The pool then waits for the drain of the one that hangs, which is not counted.
    """
    waiting = OutboundMessage.objects.filter(endpoint__in=others, state="pending")
    began = perf_counter()
    with ThreadPoolExecutor(WORKERS) as workers:
        running: dict[int, Future[None]] = {}
        while waiting.exists():
            running = {key: job for key, job in running.items() if not job.done()}
            for endpoint_id in endpoints_due():
                if endpoint_id not in running and len(running) < WORKERS:
                    running[endpoint_id] = workers.submit(drain_here, endpoint_id)
        return perf_counter() - began


def drain_here(endpoint_id: int) -> None:
    try:
        drain(endpoint_id=endpoint_id)
    finally:
        connection.close()


def forget_deliveries() -> None:
    """Everything is due again, as if nothing had been sent."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE exchange_deliveryattempt")
    OutboundMessage.objects.update(
        state="pending", attempt_count=0, unanswered_count=0, due_at=NOON, finished_at=None
    )
    DeliveryLease.objects.update(failure_streak=0, not_before=None)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE exchange_outboundmessage")


def forget_everything() -> None:
    DeliveryAttempt.objects.all().delete()
    OutboundMessage.objects.all().delete()
    Endpoint.objects.update(is_active=False)


async def post_all(url: str, bodies: list[bytes]) -> None:
    """The denominator: as many connections, kept alive, and nothing else."""
    waiting = list(bodies)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work() -> None:
            while waiting:
                async with session.post(url, data=waiting.pop()) as answer:
                    await answer.read()

        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
