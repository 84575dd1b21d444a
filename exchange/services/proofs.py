"""How an endpoint proves that it is the one that sends, other than by a token (M1).

Both compare in constant time. A replay is no matter of the proof: the inbox knows its MessageID.
"""

import base64
import hmac
import re
import ssl
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import unquote

from exchange.models import Endpoint

from .endpoints import SECRET_PREFIX, signing_secrets

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Signature:
    """The headers of Standard Webhooks, as they came."""

    webhook_id: str
    timestamp: str
    signatures: str


def is_signed_by(*, endpoint: Endpoint, signature: Signature, body: bytes) -> bool:
    """SR9, M1: whether one of the endpoint's secrets signed these bytes, id and time."""
    signed = f"{signature.webhook_id}.{signature.timestamp}.".encode() + body
    given = [each.encode() for each in signature.signatures.split()]
    expected = [_signed_with(each, signed) for each in signing_secrets(endpoint=endpoint)]
    return any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in given)


def has_certificate(*, endpoint: Endpoint, told: str) -> bool:
    """SR9, M1: whether what the proxy told of the client's certificate is the pinned one.

    ``told`` is the SHA-256 in hexadecimal digits, or the certificate as URL-encoded PEM.
    """
    pinned, shown = endpoint.inbound_certificate_sha256, _sha256_of(told)
    return bool(pinned) and hmac.compare_digest(pinned.encode(), shown.encode())


def _signed_with(secret: str, signed: bytes) -> bytes:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return b"v1," + base64.b64encode(hmac.digest(key, signed, "sha256"))


def _sha256_of(told: str) -> str:
    """Of the certificate; "" if it is none."""
    digits = told.replace(":", "").lower()
    if _SHA256.fullmatch(digits):
        return digits
    try:
        return sha256(ssl.PEM_cert_to_DER_cert(unquote(told))).hexdigest()
    except ValueError:
        return ""
