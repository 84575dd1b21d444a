"""A small real DERMS on a port of its own: records every POST and answers by script."""

import asyncio
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from aiohttp import web

from cim.envelope import SEQUENCE, Error, ErrorLevel, Message, ReplyResult
from cim.messages import build_reply, read

Script = Callable[["Receiver", Message, int], "web.StreamResponse | None"]


@dataclass
class Receiver:
    """What arrived, in order. ``script`` answers instead of OK; None means OK.

    ``open`` finds the message in a body; None reads no messages. ``other`` answers /cim/token.
    """

    script: Script | None = None
    delay_s: float = 0.0
    arrivals: list[Message] = field(default_factory=list)
    answered: int = 0
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)
    url: str = ""
    tls: ssl.SSLContext | None = None
    peers: list[str] = field(default_factory=list)
    open: Callable[[bytes], bytes] | None = bytes
    other: Callable[[web.Request], Any] | None = None

    @property
    def sequences(self) -> list[int]:
        return [int(message.header.properties[SEQUENCE]) for message in self.arrivals]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self.other and request.path.endswith("/token"):
            return await self.other(request)
        body = await request.read()
        message = read(self.open(body)) if self.open else None
        self._note_peer(request)
        self.arrivals.append(message)
        self.bodies.append(body)
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        self.tries[request.headers["webhook-id"]] += 1
        await asyncio.sleep(self.delay_s)
        self.answered += 1
        answer = self.script and self.script(self, message, len(self.arrivals))
        if answer == "cut":
            assert request.transport is not None
            request.transport.abort()
        return answer if isinstance(answer, web.StreamResponse) else ok(message)

    def _note_peer(self, request: web.Request) -> None:
        """The name in the client's certificate."""
        seen = request.get_extra_info("peercert")
        if seen:
            self.peers += [value for part in seen["subject"] for _, value in part]


def ok(message: Message) -> web.Response:
    return reply(message, ReplyResult.OK)


def reply(message: Message, result: ReplyResult, *errors: Error) -> web.Response:
    data = build_reply(
        message,
        message_id=uuid4(),
        timestamp=datetime.now(UTC),
        source="DERMS",
        result=result,
        errors=errors,
    )
    return web.Response(body=data, content_type="application/xml")


def failed(message: Message, code: str, level: ErrorLevel | None = None) -> web.Response:
    return reply(message, ReplyResult.FAILED, Error(code=code, level=level, reason="no"))


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    """Run the receiver in a thread."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def start() -> None:
        app = web.Application(client_max_size=10_000_000)
        app.router.add_post("/{tail:.*}", receiver.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=receiver.tls)
        await site.start()
        scheme = "https" if receiver.tls else "http"
        receiver.url = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}/cim"
        ready.set()
        stop.runner = runner  # type: ignore[attr-defined]

    async def stop() -> None:
        await stop.runner.cleanup()  # type: ignore[attr-defined]

    def run() -> None:
        loop.run_until_complete(start())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield receiver
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
