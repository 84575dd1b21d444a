"""The simulator's HTTP side."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from aiohttp import web
from yarl import URL

from cim.xml import MAX_BYTES
from derms_simulator import replying, screens
from derms_simulator.answering import (
    UNREADABLE,
    Post,
    answer,
    signature_fault,
    unsigned,
    without_effect,
)
from derms_simulator.behavior import read_behavior, script_from_text
from derms_simulator.finding import ENDPOINTS, endpoint_of, refused_as
from derms_simulator.inbox import for_json
from derms_simulator.replying import CLOSING
from derms_simulator.state import open_endpoints

_CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_app(endpoints: dict[str, str], journal: Path, portal_url: str = "") -> web.Application:
    """The application. ``endpoints`` maps a path to its Standard Webhooks secret."""
    app = web.Application(client_max_size=MAX_BYTES + 1, middlewares=[_guard])
    app[ENDPOINTS] = open_endpoints(endpoints, journal, portal_url)
    app[CLOSING] = asyncio.Event()
    app.on_response_prepare.append(_add_headers)
    app.on_shutdown.append(_wake_silent)
    app.add_routes(
        [
            *screens.routes(),
            web.post("/{endpoint}", receive),
            web.delete("/{endpoint}", reset),
            web.put("/{endpoint}/behavior", put_behavior),
            web.get("/{endpoint}/faults", show_faults),
            web.put("/{endpoint}/faults", put_faults),
            web.get("/{endpoint}/picture", show_picture),
            web.get("/{endpoint}/log", show_log),
        ]
    )
    return app


@web.middleware
async def _guard(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """No other site may steer the simulator through somebody's browser."""
    origin = request.headers.get("Origin")
    if request.method != "GET" and origin is not None and URL(origin).authority != request.host:
        raise web.HTTPForbidden(text="another site's form")
    return await handler(request)


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Content-Security-Policy"] = _CSP
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"


async def _wake_silent(app: web.Application) -> None:
    app[CLOSING].set()


async def receive(request: web.Request) -> web.StreamResponse:
    """``POST /{endpoint}``: take a message and answer as the endpoint behaves."""
    endpoint = endpoint_of(request)
    post = Post(await request.read(), datetime.now(UTC))
    fault = signature_fault(endpoint.secret, post.body, request.headers)
    if fault:
        endpoint.inbox.add(unsigned(post, fault))
        raise web.HTTPUnauthorized(text=fault)
    behavior = endpoint.next_behavior()
    if not behavior.acts and behavior.mode != "failed":
        endpoint.inbox.add(without_effect(post, endpoint.inbox, behavior.mode))
        return await replying.send_nothing_done(request, behavior)
    record = answer(
        post,
        endpoint.inbox,
        behavior.code if behavior.mode == "failed" else "",
        is_compressed=behavior.mode == "compressed",
    )
    sent = replying.altered(record.reply, behavior)
    fault = "" if behavior.mode == "ok" else behavior.mode
    endpoint.inbox.add(replace(record, fault=fault, sent=sent))
    # A message that was understood is answered with 200, also when the answer is FAILED.
    is_fault = record.verdict == UNREADABLE
    status = HTTPStatus.BAD_REQUEST if is_fault else HTTPStatus.OK
    return await replying.send(request, behavior, status, sent or record.reply)


async def reset(request: web.Request) -> web.Response:
    """``DELETE /{endpoint}``: forget everything, work again."""
    endpoint = endpoint_of(request)
    endpoint.reset()
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def put_behavior(request: web.Request) -> web.Response:
    """``PUT /{endpoint}/behavior`` with ``{"mode": "slow", "seconds": 2}``."""
    endpoint = endpoint_of(request)
    with refused_as("not a behavior"):
        endpoint.behavior = read_behavior(json.loads(await request.text()))
    return web.json_response(endpoint.behavior.as_json())


async def show_faults(request: web.Request) -> web.Response:
    """``GET /{endpoint}/faults``: the script, and how many requests it has seen."""
    endpoint = endpoint_of(request)
    return web.json_response({"count": endpoint.count, "script": endpoint.script.as_json()})


async def put_faults(request: web.Request) -> web.Response:
    """``PUT /{endpoint}/faults`` with ``{"requests": {"3": {"mode": "cut"}}}``."""
    endpoint = endpoint_of(request)
    with refused_as("not a script"):
        endpoint.set_script(script_from_text(await request.text()))
    return web.json_response(endpoint.script.as_json())


async def show_picture(request: web.Request) -> web.Response:
    """``GET /{endpoint}/picture``: the DER as this endpoint believes them."""
    inbox = endpoint_of(request).inbox
    picture = inbox.picture
    body = {
        "ders": picture.ders(),
        "others": picture.others(),
        "duplicates": inbox.duplicates,
    }
    return web.json_response(text=json.dumps(body, default=for_json))


async def show_log(request: web.Request) -> web.StreamResponse:
    """``GET /{endpoint}/log``: every POST since the last reset, one JSON object a line."""
    journal = endpoint_of(request).inbox.journal
    text = journal.read_text(encoding="utf-8") if journal.exists() else ""
    return web.Response(text=text, content_type="application/x-ndjson", charset="utf-8")
