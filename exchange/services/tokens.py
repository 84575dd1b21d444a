"""Access tokens for endpoints that want one: fixed, or fetched with OAuth 2.0 client credentials.

A fetched token is kept in this process until shortly before it ends, and fetched anew once when
the endpoint does not accept it.
"""

import asyncio
import base64
import json
import time
from dataclasses import dataclass, field
from urllib.parse import quote_plus

import aiohttp

_EARLY_S = 30.0
_DEFAULT_LIFE_S = 300.0
_MOST_BYTES = 16_384
_kept: dict["OAuthClient", "Token"] = {}


class TokenRefused(Exception):
    """No token could be had. ``is_denied``: the server did not accept who we are."""

    def __init__(self, reason: str, *, is_denied: bool = False) -> None:
        super().__init__(reason)
        self.is_denied = is_denied


@dataclass(frozen=True)
class OAuthClient:
    """Who we are at the endpoint's token address (RFC 6749, section 4.4)."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""


@dataclass(frozen=True)
class Token:
    """A token and until when it is used, by the process's own steady clock."""

    value: str = field(repr=False)
    good_until: float


class FixedToken:
    """A bearer token that a person entered."""

    def __init__(self, value: str) -> None:
        self._value = value

    async def get(self, session: aiohttp.ClientSession, *, instead_of: str = "") -> str:
        """The token; there is no other one."""
        return self._value


class FetchedToken:
    """A token that is fetched when it is needed, by one request at a time."""

    def __init__(self, client: OAuthClient) -> None:
        self._client = client
        self._lock = asyncio.Lock()

    async def get(self, session: aiohttp.ClientSession, *, instead_of: str = "") -> str:
        """The token in use, or a fresh one if that is ``instead_of``. Raises TokenRefused."""
        async with self._lock:
            token = _kept.get(self._client)
            is_good = token is not None and time.monotonic() < token.good_until
            if token is None or not is_good or token.value == instead_of:
                token = _kept[self._client] = await _fetch(session, self._client)
            return token.value


TokenSource = FixedToken | FetchedToken


async def _fetch(session: aiohttp.ClientSession, client: OAuthClient) -> Token:
    asked_at = time.monotonic()
    form = {"grant_type": "client_credentials"} | ({"scope": client.scope} if client.scope else {})
    async with session.post(
        client.token_url,
        data=form,
        headers={"Accept": "application/json", "Authorization": _basic(client)},
        allow_redirects=False,
    ) as response:
        body = await response.content.read(_MOST_BYTES)
        if response.status != 200:
            raise TokenRefused(
                f"the token address answered HTTP status {response.status}",
                is_denied=response.status in (400, 401, 403),
            )
    return _read(body, asked_at)


def _basic(client: OAuthClient) -> str:
    """RFC 6749, section 2.3.1: both parts form-encoded, then as in HTTP Basic."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _read(body: bytes, asked_at: float) -> Token:
    try:
        told = json.loads(body)
        value, kind = str(told["access_token"]), str(told.get("token_type", "Bearer"))
        life_s = float(told.get("expires_in", _DEFAULT_LIFE_S))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TokenRefused("the token address answered no token") from error
    if kind.lower() != "bearer" or not (value.isascii() and value.isprintable() and value):
        raise TokenRefused("the token address answered no bearer token")
    return Token(value, asked_at + max(life_s - _EARLY_S, 0.0))
