"""A portal's message address over plain HTTP and SOAP 1.1."""

import base64
import json
import os
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException, HTTPResponse
from typing import Any, cast

from lxml import etree

from cim.elements import MessageRefused
from cim.messages import read
from cim.soap import SoapRefused, envelope_of, message_in
from cim.xml import XmlRefused, parse, serialize
from derms_simulator.sending.credentials import (
    CERTIFICATE,
    CLIENT,
    READING_WAYS,
    SIGNATURE,
    Credentials,
    credentials_from,
    signed,
    tls,
)

MESSAGES = "/cim/v1/messages"
SOAP = "/cim/soap/Messages"
TOKEN = "/oauth/token"  # noqa: S105 - an address
SCOPES = "message:send der:read"
BINDINGS = ("http", "soap")
_TIMEOUT_S = 30.0
_MOST_BYTES = 10 * 1024 * 1024
_EARLY_S = 60.0
_NOBODY = Credentials()


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


class Portal:
    """``url`` without a path, and who we are there."""

    def __init__(self, url: str, credentials: Credentials = _NOBODY) -> None:
        """Raises ValueError for an unusable address or certificate."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(f"portal: {url[:80]!r} is no http or https address")
        self.url = url.rstrip("/")
        self._lock = threading.Lock()
        self.use(credentials)

    def use(self, credentials: Credentials) -> None:
        """Be this from now on. Raises ValueError for an unusable certificate."""
        tls_context = tls(credentials.identity)
        with self._lock:
            self.credentials, self.tls = credentials, tls_context
            self._opener = urllib.request.build_opener(
                _NoRedirect,
                urllib.request.ProxyHandler({}),
                urllib.request.HTTPSHandler(context=tls_context),
            )
            self._token, self._until = credentials.token, 0.0

    @property
    def may_read(self) -> bool:
        """Whether these credentials are good for the REST API, not for messages alone."""
        return self.credentials.used in READING_WAYS

    def send(self, body: bytes, binding: str = "http") -> Answered:
        """POST one message. Raises PortalAway; every HTTP status is an answer."""
        is_soap = binding == "soap"
        sent = envelope_of(_utf8(body)) if is_soap else body
        kind = "text/xml" if is_soap else "application/xml"
        headers = {"Content-Type": f"{kind}; charset=utf-8", **self.proof(sent)}
        if is_soap:
            headers["SOAPAction"] = '""'
        path = SOAP if is_soap else MESSAGES
        return _understood(self._post(path, sent, headers), is_soap=is_soap)

    def get(self, path: str) -> Answered:
        """GET an address of the REST API. Raises PortalAway."""
        return self._asked(urllib.request.Request(self.url + path, headers=self.proof(b"")))  # noqa: S310

    def proof(self, body: bytes) -> dict[str, str]:
        """The headers that say who sends this body. Raises PortalAway if there is no token."""
        known = self.credentials
        if known.used in READING_WAYS:
            return {"Authorization": f"Bearer {self._valid_token()}"}
        named = {"X-Endpoint": known.endpoint}
        if known.used == SIGNATURE:
            return named | signed(known.secret, body, at=datetime.now(UTC))
        return named if known.used == CERTIFICATE else {}

    def _valid_token(self) -> str:
        with self._lock:
            if self.credentials.used == CLIENT and time.monotonic() >= self._until:
                self._take_token()
            return self._token

    def _take_token(self) -> None:
        known = self.credentials
        pair = f"{known.client_id}:{known.client_secret}".encode()
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "scope": SCOPES})
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answered = self._post(TOKEN, form.encode(), headers)
        if answered.status != 200:
            raise PortalAway(f"no token: HTTP {answered.status} {answered.text[:200]}")
        told = json.loads(answered.text)
        self._token = str(told["access_token"])
        self._until = time.monotonic() + float(told.get("expires_in", 3600)) - _EARLY_S

    def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        """One POST; redirects are answers too. Raises PortalAway."""
        url = self.url + path
        request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")  # noqa: S310
        return self._asked(request)

    def _asked(self, request: urllib.request.Request) -> Answered:
        try:
            with cast(HTTPResponse, self._opener.open(request, timeout=_TIMEOUT_S)) as response:
                body = response.read(_MOST_BYTES)
                return _answered(response.status, response.headers.items(), body)
        except urllib.error.HTTPError as error:
            with error:
                return _answered(error.code, error.headers.items(), error.read(_MOST_BYTES))
        except (OSError, HTTPException) as error:
            raise PortalAway(f"{request.full_url}: {error}") from error


def portal_from(url: str, name: str = "", environment: Mapping[str, str] = os.environ) -> Portal:
    """A portal with the credentials of the environment (see :func:`credentials_from`).

    Raises ValueError for an unusable address or credentials, OSError for a file.
    """
    return Portal(url, credentials_from(environment, name))


def _answered(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> Answered:
    return Answered(status, body.decode("utf-8", "replace"), dict(headers))


def _understood(answered: Answered, *, is_soap: bool) -> Answered:
    """With the reply's result and its errors in words, if the answer is a message."""
    try:
        text = answered.text
        if is_soap:
            text = serialize(_inside(message_in(parse(text.encode())))).decode()
        message = read(text.encode())
    except (XmlRefused, MessageRefused, SoapRefused):
        return answered
    reply = message.reply
    if reply is None:
        return answered
    summary = "; ".join(f"{each.code} {each.reason}".strip() for each in reply.errors)
    return Answered(answered.status, text, answered.headers, reply.result.value, summary)


def _inside(element: etree._Element) -> etree._Element:
    """The FaultMessage of a fault, if there is one; else the element itself."""
    return next(element.iterfind("detail/{*}FaultMessage"), element)


def _utf8(body: bytes) -> bytes:
    """An envelope is UTF-8; what is no XML goes as it is."""
    try:
        return serialize(parse(body))
    except XmlRefused:
        return body
