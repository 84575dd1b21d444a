"""The simulator's HTTP side."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from aiohttp import web
from yarl import URL

from cim.xml import MAX_BYTES
from derms_simulator import page
from derms_simulator.answering import Post, answer, signature_fault, unsigned
from derms_simulator.inbox import Record, for_json
from derms_simulator.state import Behavior, Endpoint, open_endpoints

ENDPOINTS: web.AppKey[dict[str, Endpoint]] = web.AppKey("endpoints", dict)
CLOSING: web.AppKey[asyncio.Event] = web.AppKey("closing", asyncio.Event)
ASSETS = Path(__file__).parent / "assets"
_CSP = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_app(endpoints: dict[str, str], journal: Path) -> web.Application:
    """The application. ``endpoints`` maps a path to its Standard Webhooks secret."""
    app = web.Application(client_max_size=MAX_BYTES + 1, middlewares=[_guard])
    app[ENDPOINTS] = open_endpoints(endpoints, journal)
    app[CLOSING] = asyncio.Event()
    app.on_response_prepare.append(_add_headers)
    app.on_shutdown.append(_wake_silent)
    app.add_routes(
        [
            web.get("/", show_page),
            web.get("/assets/{name}", show_asset),
            web.post("/{endpoint}", receive),
            web.delete("/{endpoint}", reset),
            web.put("/{endpoint}/behavior", put_behavior),
            web.post("/{endpoint}/behavior", post_behavior),
            web.get("/{endpoint}/picture", show_picture),
            web.get("/{endpoint}/log", show_log),
            web.get("/{endpoint}/messages/{message_id}", show_message),
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


def _endpoint(request: web.Request) -> Endpoint:
    try:
        return request.app[ENDPOINTS][request.match_info["endpoint"]]
    except KeyError:
        raise web.HTTPNotFound(text="no such endpoint") from None


async def receive(request: web.Request) -> web.StreamResponse:
    """``POST /{endpoint}``: take a message and answer as the endpoint behaves."""
    endpoint = _endpoint(request)
    post = Post(await request.read(), datetime.now(UTC))
    fault = signature_fault(endpoint.secret, post.body, request.headers)
    if fault:
        endpoint.inbox.add(unsigned(post, fault))
        raise web.HTTPUnauthorized(text=fault)
    behavior = endpoint.behavior
    if behavior.mode in ("silent", "error500"):
        return await _without_effect(request, endpoint, post)
    refuse = "the simulator was told to refuse" if behavior.mode == "failed" else ""
    record = answer(post, endpoint.inbox, refuse)
    endpoint.inbox.add(record)
    return await _replied(request, behavior, record)


async def _replied(request: web.Request, behavior: Behavior, record: Record) -> web.StreamResponse:
    if behavior.mode == "slow":
        await _wait(request, behavior.seconds)
    if behavior.mode == "cut":
        return _cut(request)
    # A message that was understood is answered with 200, also when the answer is FAILED.
    status = HTTPStatus.BAD_REQUEST if record.verdict == "unreadable" else HTTPStatus.OK
    return web.Response(
        status=status, text=record.reply, content_type="application/xml", charset="utf-8"
    )


async def _without_effect(
    request: web.Request, endpoint: Endpoint, post: Post
) -> web.StreamResponse:
    mode = endpoint.behavior.mode
    seen = answer(post, endpoint.inbox)
    endpoint.inbox.add(
        Record(
            arrived_at=post.arrived_at,
            verdict=mode,
            verb=seen.verb,
            noun=seen.noun,
            message_id=seen.message_id,
            sequence=seen.sequence,
            raw=post.text,
        )
    )
    if mode == "error500":
        raise web.HTTPInternalServerError(text="the simulator was told to fail")
    await _wait(request, None)
    return _cut(request)


async def _wait(request: web.Request, seconds: float | None) -> None:
    """Until the time is over, or the server stops."""
    try:
        await asyncio.wait_for(request.app[CLOSING].wait(), seconds)
    except TimeoutError:
        return


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def reset(request: web.Request) -> web.Response:
    """``DELETE /{endpoint}``: forget everything, work again."""
    endpoint = _endpoint(request)
    endpoint.inbox.reset()
    endpoint.behavior = Behavior()
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def put_behavior(request: web.Request) -> web.Response:
    """``PUT /{endpoint}/behavior`` with ``{"mode": "slow", "seconds": 2}``."""
    endpoint = _endpoint(request)
    try:
        wanted = json.loads(await request.text())
        endpoint.behavior = _behavior(wanted["mode"], wanted.get("seconds", 5))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise web.HTTPBadRequest(text=f"not a behavior: {error}") from error
    return web.json_response({"mode": endpoint.behavior.mode, "seconds": endpoint.behavior.seconds})


async def post_behavior(request: web.Request) -> web.StreamResponse:
    """The page's form."""
    endpoint = _endpoint(request)
    form = await request.post()
    try:
        endpoint.behavior = _behavior(str(form.get("mode")), str(form.get("seconds") or "5"))
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"not a behavior: {error}") from error
    raise web.HTTPSeeOther(f"/#{endpoint.name}")


def _behavior(mode: str, seconds: float | str) -> Behavior:
    return Behavior(mode, float(seconds))


async def show_picture(request: web.Request) -> web.Response:
    """``GET /{endpoint}/picture``: the DER as this endpoint believes them."""
    inbox = _endpoint(request).inbox
    body = {"ders": inbox.picture.ders(), "duplicates": inbox.duplicates}
    return web.json_response(text=json.dumps(body, default=for_json))


async def show_log(request: web.Request) -> web.StreamResponse:
    """``GET /{endpoint}/log``: every POST since the last reset, one JSON object a line."""
    journal = _endpoint(request).inbox.journal
    text = journal.read_text(encoding="utf-8") if journal.exists() else ""
    return web.Response(text=text, content_type="application/x-ndjson", charset="utf-8")


async def show_page(request: web.Request) -> web.Response:
    endpoints = request.app[ENDPOINTS]
    text = page.overview(list(endpoints.values()))
    return web.Response(text=text, content_type="text/html", charset="utf-8")


async def show_message(request: web.Request) -> web.Response:
    endpoint = _endpoint(request)
    record = endpoint.inbox.message(request.match_info["message_id"])
    if record is None:
        raise web.HTTPNotFound(text="no such message")
    text = page.message(endpoint, record)
    return web.Response(text=text, content_type="text/html", charset="utf-8")


async def show_asset(request: web.Request) -> web.Response:
    if request.match_info["name"] != "style.css":
        raise web.HTTPNotFound
    text = (ASSETS / "style.css").read_text(encoding="utf-8")
    return web.Response(text=text, content_type="text/css", charset="utf-8")
