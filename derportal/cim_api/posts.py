"""What every binding shares: who sends, how much, and the one handler behind all of them."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from cim import errors as codes
from cim.xml import MAX_BYTES
from derportal.api.throttling import seconds_to_wait
from derportal.inbound import handle
from exchange.selectors import Endpoint
from exchange.services import InboundRefused, Received, fault, receive, status_of

from .authentication import authenticate

log = logging.getLogger(__name__)


class NotAnswered(Exception):
    """The post ended before a message was taken; the answer is a fault."""

    def __init__(self, answer: Received, retry_after_s: int | None = None) -> None:
        self.answer = answer
        self.retry_after_s = retry_after_s
        super().__init__(answer.status)


def posted(request: HttpRequest) -> tuple[Endpoint, bytes]:
    """The endpoint that posts, within its rate, and the whole body. Raises NotAnswered."""
    read_body = cache(partial(_body_of, request))
    return _sender_of(request, read_body), read_body()


def _sender_of(request: HttpRequest, read_body: Callable[[], bytes]) -> Endpoint:
    try:
        with _database():
            endpoint = authenticate(request, read_body)
    except InboundRefused as refused:
        error = refused.errors[0]
        answer = fault(error.code, error.reason, status=status_of(error.code))
        raise NotAnswered(answer) from refused
    wait_s = seconds_to_wait(endpoint.pk)
    if wait_s is not None:
        busy = fault(codes.HIGH_LOAD, "too many requests", status=429)
        raise NotAnswered(busy, retry_after_s=int(wait_s) + 1)
    return endpoint


def _body_of(request: HttpRequest) -> bytes:
    """The whole body, at most 5 MB. Raises NotAnswered."""
    declared = request.headers.get("Content-Length", "")
    is_long = declared.isascii() and declared.isdigit() and int(declared) > MAX_BYTES
    body = b"" if is_long else request.read(MAX_BYTES + 1)
    if is_long or len(body) > MAX_BYTES:
        reason = f"at most {MAX_BYTES} bytes are read"
        raise NotAnswered(fault(codes.TOO_MANY_ITEMS, reason, status=413))
    return body


def take(endpoint: Endpoint, body: bytes) -> Received:
    """Hand the message to the inbox. Raises NotAnswered when the database is away."""
    with _database():
        return receive(endpoint=endpoint, body=body, handle=handle, at=timezone.now())


@contextmanager
def _database() -> Iterator[None]:
    """Raises NotAnswered when it is away."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        log.exception("a message could not be taken")
        away = fault(codes.HIGH_LOAD, "the database does not answer; try again", status=503)
        raise NotAnswered(away, retry_after_s=5) from error


def with_headers(response: HttpResponse, *, retry_after_s: int | None = None) -> HttpResponse:
    """Answers are for the sender alone, and a 401 names the way."""
    response["Cache-Control"] = "no-store"
    if response.status_code == 401:
        response["WWW-Authenticate"] = 'Bearer realm="derportal"'
    if retry_after_s is not None:
        response["Retry-After"] = str(retry_after_s)
    return response
