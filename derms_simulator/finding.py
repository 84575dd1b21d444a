"""Small words of the HTTP side: the endpoint of an address, and refusals that name the field."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from derms_simulator.state import Endpoint

ENDPOINTS: web.AppKey[dict[str, Endpoint]] = web.AppKey("endpoints", dict)


def endpoint_of(request: web.Request) -> Endpoint:
    """The endpoint in the address, or 404."""
    try:
        return request.app[ENDPOINTS][request.match_info["endpoint"]]
    except KeyError:
        raise web.HTTPNotFound(text="no such endpoint") from None


@contextmanager
def refused_as(what: str) -> Iterator[None]:
    """A ValueError inside is the sender's mistake."""
    try:
        yield
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"{what}: {error}") from error
