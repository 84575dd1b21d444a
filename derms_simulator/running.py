"""Starting the simulator: in the foreground for people, in a thread for tests and demos."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from aiohttp import web

from derms_simulator.behavior import Script
from derms_simulator.finding import ENDPOINTS
from derms_simulator.server import build_app
from derms_simulator.state import Endpoint

HOST = "127.0.0.1"
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator in a thread: its address without a final slash, and its endpoints."""

    url: str
    endpoints: dict[str, Endpoint]


def run(
    port: int,
    endpoints: dict[str, str],
    journal: Path,
    host: str = HOST,
    *,
    portal_url: str = "",
    scripts: Mapping[str, Script] = MappingProxyType({}),
) -> None:
    """Serve until interrupted. ``endpoints`` maps a path to its Standard Webhooks secret.

    ``journal`` is a folder; it is created. ``scripts`` are the faults of endpoints by their path.
    Raises ValueError for an unusable endpoint name or portal, OSError if the port is taken.
    """
    app = build_app(endpoints, journal, portal_url)
    for name, script in scripts.items():
        app[ENDPOINTS][name].set_script(script)
    asyncio.run(_serve_forever(app, port, host))


async def _serve_forever(app: web.Application, port: int, host: str) -> None:
    runner = await _start(app, port, host)
    print(f"DERMS simulator: {_address(runner)}/", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def _start(app: web.Application, port: int, host: str) -> web.AppRunner:
    runner = web.AppRunner(
        app,
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
def running(
    endpoints: dict[str, str], journal: Path, port: int = 0, *, portal_url: str = ""
) -> Iterator[Running]:
    """A simulator in a thread of this process; port 0 takes a free one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="derms-simulator", daemon=True)
    thread.start()
    try:
        app = build_app(endpoints, journal, portal_url)
        start = asyncio.run_coroutine_threadsafe(_start(app, port, HOST), loop)
        runner = start.result(_PATIENCE_S)
        try:
            yield Running(_address(runner), runner.app[ENDPOINTS])
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(_PATIENCE_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_PATIENCE_S)
        loop.close()
