"""Run by bench.f3_f4_isolation on a scratch database, with a receiver on a port and workers."""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle
from statistics import median
from time import perf_counter

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.db.models import F  # noqa: E402

from bench.deliver import enqueue, forget_deliveries, make_endpoint  # noqa: E402
from bench.harness import quantile, spread, verdict  # noqa: E402
from exchange.models import DeliveryLease, Endpoint, OutboundMessage  # noqa: E402
from exchange.services import ring_for_all_due  # noqa: E402

ENDPOINTS = 10
DRIPPING = 2
NOBODY = "http://127.0.0.1:1/"
PAUSE_S = 0.05  # between two messages to the others
QUIET_S = 15
AWAY_S = 40


def main(port: int, backlog: int, rounds: int) -> None:
    address = f"http://127.0.0.1:{port}"
    for number in range(ENDPOINTS):
        make_endpoint(f"e{number}", f"{address}/10/e{number}", 8, 0)
    run_drip(address, backlog // 10, rounds)
    OutboundMessage.objects.update(state="skipped")
    run_backlog(address, backlog)


def run_drip(address: str, count: int, rounds: int) -> None:
    """F4: the eight alone, and beside two whose answers drip until they are cut off."""
    everybody = list(Endpoint.objects.order_by("pk"))
    dripping, others = everybody[:DRIPPING], everybody[DRIPPING:]
    with all_stopped(), transaction.atomic():
        for endpoint in everybody:
            for _ in range(count):
                enqueue(endpoint, datetime.now(UTC))
    shares = []
    for _ in range(rounds):
        fine_s = seconds_until_told(others)
        for each in dripping:
            Endpoint.objects.filter(pk=each.pk).update(url=f"{address}/drip/{each.pk}")
        beside_s = seconds_until_told(others)
        for each in dripping:
            Endpoint.objects.filter(pk=each.pk).update(url=each.url)
        shares.append(fine_s / beside_s)
    print(f"8 endpoints, 2 drip: {spread(shares)} of the rate without")
    verdict("F4 rate of the others", median(shares), 0.9)


def run_backlog(address: str, count: int) -> None:
    """F3: one endpoint was away; the others hear something all the time."""
    away, *others = Endpoint.objects.order_by("pk")
    quiet_s = p95_while(others, lambda: time.sleep(QUIET_S))
    Endpoint.objects.filter(pk=away.pk).update(url=NOBODY)
    with transaction.atomic():
        for _ in range(count):
            enqueue(away, datetime.now(UTC))
    time.sleep(AWAY_S)
    streak = DeliveryLease.objects.get(endpoint=away).failure_streak
    print(f"away: {streak} failures in a row, {waiting([away])} messages wait")
    Endpoint.objects.filter(pk=away.pk).update(url=away.url)
    began = perf_counter()
    busy_s = p95_while(others, lambda: wait_until_told([away]))
    drained_s = perf_counter() - began
    print(
        f"others' p95, commit to answer: {quiet_s * 1000:.0f} ms, beside it {busy_s * 1000:.0f} ms"
    )
    verdict(f"F3 seconds until {count} are told", drained_s, 60, at_most=True)
    verdict("F3 others' p95 beside it", busy_s / quiet_s, 1.2, at_most=True)


def p95_while(others: Sequence[Endpoint], work: Callable[[], None]) -> float:
    """Tell the others something again and again meanwhile; how long that takes."""
    began, is_over = datetime.now(UTC), threading.Event()
    teller = threading.Thread(target=tell, args=[others, is_over])
    teller.start()
    work()
    is_over.set()
    teller.join()
    wait_until_told(others)
    told = OutboundMessage.objects.filter(endpoint__in=others, created_at__gte=began)
    times = told.annotate(took=F("finished_at") - F("created_at")).values_list("took", flat=True)
    return quantile([each.total_seconds() for each in times], 0.95)


def tell(others: Sequence[Endpoint], is_over: threading.Event) -> None:
    try:
        for endpoint in cycle(others):
            if is_over.wait(PAUSE_S):
                return
            with transaction.atomic():
                enqueue(endpoint, datetime.now(UTC))
    finally:
        connection.close()


@contextmanager
def all_stopped() -> Iterator[None]:
    """Nothing is under way and nothing begins."""
    Endpoint.objects.update(is_active=False)
    while DeliveryLease.objects.filter(lease_token__isnull=False).exists():
        time.sleep(0.1)
    yield
    Endpoint.objects.update(is_active=True)


def seconds_until_told(endpoints: Sequence[Endpoint]) -> float:
    with all_stopped():
        forget_deliveries()
        DeliveryLease.objects.update(poked_at=None)
    began = perf_counter()
    ring_for_all_due()
    wait_until_told(endpoints)
    return perf_counter() - began


def wait_until_told(endpoints: Sequence[Endpoint]) -> None:
    while waiting(endpoints):
        time.sleep(0.05)


def waiting(endpoints: Sequence[Endpoint]) -> int:
    return OutboundMessage.objects.filter(endpoint__in=endpoints, state="pending").count()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
