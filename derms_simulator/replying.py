"""From the record to the socket: the honest reply, or the fault that the endpoint was told."""

import asyncio
from http import HTTPStatus
from uuid import uuid4

from aiohttp import web
from lxml import etree

from cim import errors, xml
from derms_simulator.behavior import Behavior

CLOSING: web.AppKey[asyncio.Event] = web.AppKey("closing", asyncio.Event)
_BLOCK = b" " * (1024 * 1024)
_BLOCKS = 50
_HTML = "<!doctype html><title>Gateway</title><p>Please sign in to the hotel's network.</p>"
_ALTERED = frozenset({"partial", "broken", "other_correlation", "wrong_noun"})


def altered(reply: str, behavior: Behavior) -> str:
    """The reply with the fault that was told, "" if it goes out as it is."""
    if behavior.mode not in _ALTERED or not reply:
        return ""
    if behavior.mode == "broken":
        return reply[: len(reply) * 2 // 3]
    root = xml.parse(reply.encode())
    if behavior.mode == "partial":
        _set(root, "{*}Reply/{*}Result", "PARTIAL")
        _set(root, "{*}Reply/{*}Error/{*}code", errors.PARTIAL)
    elif behavior.mode == "wrong_noun":
        _set(root, "{*}Header/{*}Noun", "MeterReadings")
    else:
        _set(root, "{*}Header/{*}CorrelationID", str(uuid4()))
    return xml.serialize(root).decode()


def _set(root: etree._Element, path: str, text: str) -> None:
    for element in root.iterfind(path):
        element.text = text


async def send(
    request: web.Request, behavior: Behavior, status: HTTPStatus, reply: str
) -> web.StreamResponse:
    """Answer a message that had its effect."""
    if behavior.mode == "cut":
        return _cut(request)
    if behavior.mode == "slow":
        await _wait(request, behavior.wait_s)
    elif behavior.mode == "drip":
        return await _drip(request, behavior.wait_s, reply.encode())
    elif behavior.mode == "cut_reply":
        return await _half(request, reply.encode())
    elif behavior.mode == "huge":
        return await _huge(request, reply.encode())
    return web.Response(status=status, text=reply, content_type="application/xml", charset="utf-8")


async def send_nothing_done(request: web.Request, behavior: Behavior) -> web.StreamResponse:
    """Answer a message that has no effect."""
    if behavior.mode == "error500":
        raise web.HTTPInternalServerError(text="the simulator was told to fail")
    if behavior.mode == "html":
        return web.Response(text=_HTML, content_type="text/html")
    if behavior.mode == "status":
        return _status(request, behavior)
    if behavior.mode == "silent":
        await _wait(request, None)
    return _cut(request)


def _status(request: web.Request, behavior: Behavior) -> web.Response:
    headers = {}
    if behavior.retry_after is not None:
        headers["Retry-After"] = str(behavior.retry_after)
    if behavior.status < 400:
        headers["Location"] = str(request.url.with_path("/elsewhere"))
    text = f"the simulator was told to answer {behavior.status}"
    return web.Response(status=behavior.status, text=text, headers=headers)


async def _drip(request: web.Request, pause_s: float, body: bytes) -> web.StreamResponse:
    response = await _begun(request, len(body))
    for byte in body:
        await response.write(bytes([byte]))
        await _wait(request, pause_s)
        if request.app[CLOSING].is_set():
            return _cut(request)
    await response.write_eof()
    return response


async def _half(request: web.Request, body: bytes) -> web.StreamResponse:
    response = await _begun(request, len(body))
    await response.write(body[: len(body) // 2])
    return _cut(request)


async def _huge(request: web.Request, body: bytes) -> web.StreamResponse:
    response = await _begun(request, len(body) + _BLOCKS * len(_BLOCK))
    await response.write(body)
    for _ in range(_BLOCKS):
        await response.write(_BLOCK)
    await response.write_eof()
    return response


async def _begun(request: web.Request, length: int) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "application/xml; charset=utf-8", "Content-Length": str(length)}
    )
    await response.prepare(request)
    return response


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
