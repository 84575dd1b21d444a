"""A portal's message address over plain HTTP and SOAP 1.1, with a token or client credentials."""

import base64
import json
import os
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Any, cast

from cim.elements import MessageRefused
from cim.messages import read
from cim.soap import SoapRefused, envelope_of, message_in
from cim.xml import XmlRefused, parse, serialize

MESSAGES = "/cim/v1/messages"
SOAP = "/cim/soap/Messages"
TOKEN = "/oauth/token"  # noqa: S105 - an address
SCOPES = "message:send der:read"
BINDINGS = ("http", "soap")
_TIMEOUT_S = 30.0
_MOST_BYTES = 10 * 1024 * 1024
_EARLY_S = 60.0


class PortalAway(Exception):
    """There was no answer; the text says why."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An HTTP answer. ``result`` is that of the reply, "" if there was none."""

    status: int
    text: str
    headers: Mapping[str, str]
    result: str = ""
    summary: str = ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A message that was redirected is a message at a place nobody agreed on."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


@dataclass(slots=True)
class Portal:
    """``url`` without a path. Either a token, or client credentials to take one."""

    url: str
    token: str = ""
    client_id: str = ""
    client_secret: str = ""
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(f"portal: {self.url[:80]!r} is no http or https address")
        self.url = self.url.rstrip("/")

    @property
    def has_credentials(self) -> bool:
        return bool(self.token or self.client_id)

    def use(self, client_id: str, client_secret: str) -> None:
        """Take the next token with these client credentials."""
        with self._lock:
            self.client_id, self.client_secret = client_id, client_secret
            self.token, self._until = "", 0.0

    def send(self, body: bytes, binding: str = "http") -> Answered:
        """POST one message. Raises PortalAway; every HTTP status is an answer."""
        is_soap = binding == "soap"
        kind = "text/xml" if is_soap else "application/xml"
        headers = {"Content-Type": f"{kind}; charset=utf-8", **self.authorization()}
        if is_soap:
            sent = envelope_of(_utf8(body))
            answered = post(self.url + SOAP, sent, {**headers, "SOAPAction": '""'})
        else:
            answered = post(self.url + MESSAGES, body, headers)
        return _understood(answered, is_soap=is_soap)

    def get(self, path: str) -> Answered:
        """GET an address of the REST API. Raises PortalAway."""
        return _asked(urllib.request.Request(self.url + path, headers=self.authorization()))  # noqa: S310

    def authorization(self) -> dict[str, str]:
        """The header with a token that holds, none without credentials. Raises PortalAway."""
        with self._lock:
            if self.client_id and time.monotonic() >= self._until:
                self._take_token()
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def _take_token(self) -> None:
        pair = f"{self.client_id}:{self.client_secret}".encode()
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "scope": SCOPES})
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answered = post(self.url + TOKEN, form.encode(), headers)
        if answered.status != 200:
            raise PortalAway(f"no token: HTTP {answered.status} {answered.text[:200]}")
        told = json.loads(answered.text)
        self.token = str(told["access_token"])
        self._until = time.monotonic() + float(told.get("expires_in", 3600)) - _EARLY_S


def portal_from(url: str, name: str = "", environment: Mapping[str, str] = os.environ) -> Portal:
    """A portal with the credentials of the environment.

    PORTAL_TOKEN, or PORTAL_CLIENT_ID and PORTAL_CLIENT_SECRET; with an endpoint's name at the end
    (PORTAL_TOKEN_THIRD_PARTY) for that endpoint alone. Raises ValueError for an unusable address.
    """
    end = "_" + name.upper().replace("-", "_") if name else ""

    def value(word: str) -> str:
        return environment.get(word + end, "") or environment.get(word, "")

    return Portal(
        url, value("PORTAL_TOKEN"), value("PORTAL_CLIENT_ID"), value("PORTAL_CLIENT_SECRET")
    )


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
    """One POST; redirects are answers too. Raises PortalAway."""
    request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")  # noqa: S310
    return _asked(request)


def _asked(request: urllib.request.Request) -> Answered:
    try:
        with cast(HTTPResponse, _OPENER.open(request, timeout=_TIMEOUT_S)) as response:
            return _answered(response.status, response.headers.items(), response.read(_MOST_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            return _answered(error.code, error.headers.items(), error.read(_MOST_BYTES))
    except (OSError, HTTPException) as error:
        raise PortalAway(f"{request.full_url}: {error}") from error


def _answered(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> Answered:
    return Answered(status, body.decode("utf-8", "replace"), dict(headers))


def _understood(answered: Answered, *, is_soap: bool) -> Answered:
    """With the reply's result and its errors in words, if the answer is a message."""
    try:
        text = answered.text
        if is_soap:
            text = serialize(message_in(parse(text.encode()))).decode()
        message = read(text.encode())
    except (XmlRefused, MessageRefused, SoapRefused):
        return answered
    reply = message.reply
    if reply is None:
        return answered
    summary = "; ".join(f"{each.code} {each.reason}".strip() for each in reply.errors)
    return Answered(answered.status, text, answered.headers, reply.result.value, summary)


def _utf8(body: bytes) -> bytes:
    """An envelope is UTF-8; what is no XML goes as it is."""
    try:
        return serialize(parse(body))
    except XmlRefused:
        return body
