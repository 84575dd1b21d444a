"""Starting the simulator: in the foreground for people, in a thread for tests and demos."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from derms_simulator.server import ENDPOINTS, build_app
from derms_simulator.state import Endpoint

HOST = "127.0.0.1"
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator in a thread: its address without a final slash, and its endpoints."""

    url: str
    endpoints: dict[str, Endpoint]


def run(port: int, endpoints: dict[str, str], journal: Path, host: str = HOST) -> None:
    """Serve until interrupted. ``endpoints`` maps a path to its Standard Webhooks secret.

    ``journal`` is a folder; it is created. Raises ValueError for an unusable endpoint name,
    OSError if the port is taken.
    """
    asyncio.run(_serve_forever(port, endpoints, journal, host))


async def _serve_forever(port: int, endpoints: dict[str, str], journal: Path, host: str) -> None:
    runner = await _start(port, endpoints, journal, host)
    print(f"DERMS simulator: {_address(runner)}/", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def _start(port: int, endpoints: dict[str, str], journal: Path, host: str) -> web.AppRunner:
    runner = web.AppRunner(
        build_app(endpoints, journal),
        shutdown_timeout=2.0,
        access_log=None,
        handler_cancellation=True,  # a sender that hangs up frees the silent endpoint
    )
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


def _address(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"


@contextmanager
def running(endpoints: dict[str, str], journal: Path, port: int = 0) -> Iterator[Running]:
    """A simulator in a thread of this process; port 0 takes a free one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="derms-simulator", daemon=True)
    thread.start()
    try:
        start = asyncio.run_coroutine_threadsafe(_start(port, endpoints, journal, HOST), loop)
        runner = start.result(_PATIENCE_S)
        try:
            yield Running(_address(runner), runner.app[ENDPOINTS])
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(_PATIENCE_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_PATIENCE_S)
        loop.close()
