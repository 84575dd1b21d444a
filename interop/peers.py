"""The system under test: how a message reaches it, and how a connection to it is lost."""

import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from cim.elements import MessageRefused
from cim.soap import SoapRefused, envelope_of, message_in
from cim.xml import XmlRefused, parse, serialize
from derms_simulator.sending.credentials import CERTIFICATE, SIGNATURE, signed, tls
from derms_simulator.sending.portal import MESSAGES, SOAP, Portal
from interop.listening import Listener
from interop.messages import Sent
from interop.procedure import Step

TIMEOUT_S = 30.0
_MOST_BYTES = 1024 * 1024


class NoAnswer(Exception):
    """The connection failed; the text says how."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, as it came; ``body`` is the message inside a SOAP envelope."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Peer(Protocol):
    """A portal or a DERMS."""

    def post(self, step: Step, sent: Sent) -> Answer | None:
        """Send as the step wants; None if the connection was to be lost. Raises NoAnswer."""

    def later(self, sent: Sent) -> bytes | None:
        """The reply that came in a message of its own; None if none did."""


@dataclass(frozen=True, slots=True)
class PortalPeer:
    portal: Portal
    other_identity: str = ""
    listener: Listener | None = None

    def later(self, sent: Sent) -> bytes | None:
        return self.listener.wait_for(sent.correlation_id) if self.listener else None

    def post(self, step: Step, sent: Sent) -> Answer | None:
        is_soap = step.binding == "soap"
        body = envelope_of(sent.body) if is_soap else sent.body
        portal = self._shown(step)
        headers = {
            "Content-Type": "text/xml" if is_soap else "application/xml",
            **self._proof(portal, step, body),
        }
        url = portal.url + (SOAP if is_soap else MESSAGES)
        answer = _post(url, body, headers, step, portal.tls)
        return _unwrapped(answer) if is_soap and answer else answer

    def _shown(self, step: Step) -> Portal:
        """The portal as we are to it in this step: a connection may show another certificate."""
        if step.credentials == "none":
            return Portal(self.portal.url)
        if step.credentials == "another certificate":
            known = self.portal.credentials
            return Portal(self.portal.url, replace(known, identity=self.other_identity))
        return self.portal

    def _proof(self, portal: Portal, step: Step, body: bytes) -> dict[str, str]:
        known = portal.credentials
        if step.credentials in ("none", "right", "another certificate"):
            return portal.proof(body)
        if known.used == SIGNATURE:
            return {"X-Endpoint": known.endpoint, **_signature(known.secret, step, body)}
        if known.used == CERTIFICATE:
            return {"X-Endpoint": str(uuid4())}
        return {"Authorization": f"Bearer {uuid4().hex}"}


@dataclass(frozen=True, slots=True)
class DermsPeer:
    """A DERMS with its Standard Webhooks secret."""

    url: str
    secret: str

    def later(self, sent: Sent) -> bytes | None:
        return None

    def post(self, step: Step, sent: Sent) -> Answer | None:
        headers = {"Content-Type": "application/xml; charset=utf-8"}
        if step.credentials != "none":
            headers |= _signature(self.secret, step, sent.body, sent.message_id)
        return _post(self.url, sent.body, headers, step, tls())


def _signature(secret: str, step: Step, body: bytes, message_id: str = "") -> dict[str, str]:
    """As the step wants it: right, or wrong in one way."""
    at = datetime.now(UTC) - timedelta(hours=step.credentials == "old")
    covered = b"another message" if step.credentials == "another message's" else body
    if step.credentials == "wrong":
        secret = base64.b64encode(uuid4().bytes + uuid4().bytes).decode()
    return signed(secret, covered, at=at, message_id=message_id)


def _post(
    url: str, body: bytes, headers: Mapping[str, str], step: Step, context: ssl.SSLContext
) -> Answer | None:
    parts = urlsplit(url)
    path = parts.path or "/"
    line = _line(parts.scheme, parts.netloc, context)
    try:
        if step.connection == "kept":
            line.request("POST", path, body, dict(headers))
            response = line.getresponse()
            return Answer(response.status, dict(response.headers), response.read(_MOST_BYTES))
        _begin(line, path, body, headers, part=step.connection == "lost in the middle")
        return None
    except (OSError, HTTPException) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    finally:
        line.close()


def _begin(
    line: HTTPConnection, path: str, body: bytes, headers: Mapping[str, str], *, part: bool
) -> None:
    """Send the message, or half of it, and do not wait."""
    line.putrequest("POST", path)
    for name, value in headers.items():
        line.putheader(name, value)
    line.putheader("Content-Length", str(len(body)))
    line.endheaders(body[: len(body) // 2] if part else body)


def _line(scheme: str, netloc: str, context: ssl.SSLContext) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(netloc, timeout=TIMEOUT_S, context=context)
    return HTTPConnection(netloc, timeout=TIMEOUT_S)


def _unwrapped(answer: Answer) -> Answer:
    """The message in the envelope; an answer without one stays as it is."""
    try:
        inner = serialize(message_in(parse(answer.body)))
    except (XmlRefused, SoapRefused, MessageRefused):
        return answer
    return Answer(answer.status, answer.headers, inner)
