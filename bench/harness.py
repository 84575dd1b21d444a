"""A scratch database, a web server on it, and honest rounds."""

import argparse
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Bench:
    """One scratch database with its server. ``get`` is a request with the endpoint's token."""

    count: int
    rounds: int
    database_url: str
    port: int
    pid: int
    token: str
    endpoint_id: int

    def connect(self, **facts: Any) -> psycopg.Connection:
        return psycopg.connect(self.database_url, **facts)

    @property
    def wire(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)

    def get(self, wire: http.client.HTTPConnection, path: str, **headers: str) -> tuple[int, bytes]:
        wire.request("GET", path, headers={"Authorization": f"Bearer {self.token}", **headers})
        answer = wire.getresponse()
        return answer.status, answer.read()

    def memory_mb(self) -> float:
        """Resident memory of the web worker."""
        workers = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        pages = [Path(f"/proc/{worker}/statm").read_text().split()[1] for worker in workers]
        return sum(map(int, pages)) * 4096 / 1e6


def arguments(description: str, count: int = 100_000) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--count", type=int, default=count, help="how many DER (nightly: 1000000)")
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


@contextmanager
def running(count: int, rounds: int, fill: str = "bench.fill") -> Iterator[Bench]:
    """The product on a scratch database with ``count`` DER, one gunicorn worker.

    ``fill`` is the module that makes them; it prints a token and a number at its end.
    """
    with scratch_database() as environment:
        began = time.perf_counter()
        made = subprocess.run(
            [sys.executable, "-m", fill, str(count)],
            cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        token, endpoint_id = made.stdout.split()[-2:]
        print(f"{count:,} DER made in {time.perf_counter() - began:.1f} s")
        with _server(environment) as (port, pid):
            yield Bench(
                count, rounds, environment["DATABASE_URL"], port, pid, token, int(endpoint_id)
            )


@contextmanager
def scratch_database() -> Iterator[dict[str, str]]:
    """An empty database on the server of DATABASE_URL; gives the environment to use it."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    parts = urlsplit(os.environ["DATABASE_URL"])
    admin = urlunsplit((parts.scheme, parts.netloc, "/postgres", parts.query, ""))
    _execute(admin, f'CREATE DATABASE "{name}"')
    try:
        yield {
            **os.environ,
            "DATABASE_URL": urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, "")),
            "DERPORTAL_DEMO": "1",
            "DJANGO_SETTINGS_MODULE": "bench.settings",
        }
    finally:
        _execute(admin, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _server(environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "derportal.wsgi:application", "-b", f"127.0.0.1:{port}",
        "-w", "1", "-k", "gthread", "--threads", "1", "--timeout", "300", "--log-level", "error",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _wait_for(port)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            wire = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            wire.request("GET", "/bench/empty/")
            wire.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the web server did not start")


def _execute(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def cpu_seconds(work: Callable[[], object]) -> float:
    """Time of our own process only: what else the machine does is left out."""
    began = time.process_time()
    work()
    return time.process_time() - began


def spread(values: list[float], form: str = "{:.2f}") -> str:
    """median (min-max)"""
    low, middle, high = (form.format(f(values)) for f in (min, median, max))
    return f"{middle} ({low}-{high})"


def compare(rounds: int, product: Callable[[], float], limit: Callable[[], float]) -> list[float]:
    """limit / product time of interleaved rounds: how many times as fast the product is."""
    product(), limit()
    return [limit() / product() for _ in range(rounds)]


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def verdict(name: str, value: float, goal: float, *, at_most: bool = False) -> None:
    good = value <= goal if at_most else value >= goal
    sign = "<=" if at_most else ">="
    print(f"{name}: {value:.2f}, goal {sign} {goal} -> {'met' if good else 'NOT MET'}")
