"""The system under test: how a message reaches it, and how a connection to it is lost."""

import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from standardwebhooks import Webhook

from cim.elements import MessageRefused
from cim.soap import SoapRefused, envelope_of, message_in
from cim.xml import XmlRefused, parse, serialize
from derms_simulator.sending.portal import MESSAGES, SOAP, Portal
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


@dataclass(frozen=True, slots=True)
class PortalPeer:
    portal: Portal

    def post(self, step: Step, sent: Sent) -> Answer | None:
        is_soap = step.binding == "soap"
        body = envelope_of(sent.body) if is_soap else sent.body
        headers = {"Content-Type": "text/xml" if is_soap else "application/xml"}
        if step.credentials == "right":
            headers |= self.portal.authorization()
        elif step.credentials != "none":
            headers["Authorization"] = f"Bearer {uuid4().hex}"
        answer = _post(self.portal.url + (SOAP if is_soap else MESSAGES), body, headers, step)
        return _unwrapped(answer) if is_soap and answer else answer


@dataclass(frozen=True, slots=True)
class DermsPeer:
    """A DERMS with its Standard Webhooks secret."""

    url: str
    secret: str

    def post(self, step: Step, sent: Sent) -> Answer | None:
        headers = {"Content-Type": "application/xml; charset=utf-8", **self._signature(step, sent)}
        return _post(self.url, sent.body, headers, step)

    def _signature(self, step: Step, sent: Sent) -> dict[str, str]:
        if step.credentials == "none":
            return {}
        at = datetime.now(UTC) - timedelta(hours=step.credentials == "old")
        signed = b"another message" if step.credentials == "another message's" else sent.body
        secret = self.secret
        if step.credentials == "wrong":
            secret = "whsec_" + base64.b64encode(uuid4().bytes + uuid4().bytes).decode()
        return {
            "webhook-id": sent.message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(
                sent.message_id, at, signed.decode("utf-8", "replace")
            ),
        }


def _post(url: str, body: bytes, headers: Mapping[str, str], step: Step) -> Answer | None:
    parts = urlsplit(url)
    path = parts.path or "/"
    line = _line(parts.scheme, parts.netloc)
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


def _line(scheme: str, netloc: str) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(netloc, timeout=TIMEOUT_S, context=ssl.create_default_context())
    return HTTPConnection(netloc, timeout=TIMEOUT_S)


def _unwrapped(answer: Answer) -> Answer:
    """The message in the envelope; an answer without one stays as it is."""
    try:
        inner = serialize(message_in(parse(answer.body)))
    except (XmlRefused, SoapRefused, MessageRefused):
        return answer
    return Answer(answer.status, answer.headers, inner)
