"""Run by the benches of deliveries: answers every POST with OK, after the milliseconds in its path.

An answer from /drip/ comes one byte at a time and does not end.
"""

import re
import sys
from asyncio import sleep
from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

from aiohttp import web

from cim.envelope import ReplyResult
from cim.messages import build_reply, read

CORRELATION = re.compile(rb"CorrelationID>([^<]+)<")
MARK = b"00000000-0000-4000-8000-000000000000"


class Answering:
    """The first message is answered by the library; later ones with its bytes and their own id."""

    def __init__(self) -> None:
        self._reply = b""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if wait_ms := int(request.match_info["wait"]):
            await sleep(wait_ms / 1000)
        (correlation,) = CORRELATION.findall(body)
        self._reply = self._reply or self._first(body, correlation)
        return web.Response(
            body=self._reply.replace(MARK, correlation), content_type="application/xml"
        )

    def _first(self, body: bytes, correlation: bytes) -> bytes:
        reply = build_reply(
            read(body),
            message_id=uuid4(),
            timestamp=datetime.now(UTC),
            source="receiver",
            result=ReplyResult.OK,
        )
        return reply.replace(correlation, MARK)


async def drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    with suppress(ConnectionResetError):
        while True:
            await response.write(b" ")
            await sleep(0.5)
    return response


def main() -> None:
    app = web.Application()
    app.add_routes(
        [web.post(r"/{wait:\d+}/{name}", Answering().take), web.post("/drip/{name}", drip)]
    )
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
