"""Who we are to a portal: a token, client credentials, a signature or a client certificate."""

import base64
import hmac
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

TOKEN = "token"  # noqa: S105 - a word
CLIENT = "client credentials"
SIGNATURE = "signature"
CERTIFICATE = "certificate"
# In this order: the first that is there is used.
WAYS = (TOKEN, CLIENT, SIGNATURE, CERTIFICATE)
# Whoever may read the API, too: the others are for messages alone.
READING_WAYS = frozenset({TOKEN, CLIENT})
_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What is known. ``identity`` is a certificate with its key, as PEM; it is shown wherever a
    server asks for one, and is the proof if ``way`` says so. ``endpoint`` is our mRID there."""

    token: str = ""
    client_id: str = ""
    client_secret: str = ""
    endpoint: str = ""
    secret: str = ""
    identity: str = ""
    way: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for a way whose parts are missing."""
        if self.way and self.way not in WAYS:
            raise ValueError(f"authentication: must be one of {', '.join(WAYS)}")
        if self.way and (lacking := self._missing(self.way)):
            raise ValueError(f"{lacking}: is missing for the authentication by {self.way}")
        if self.secret:
            _key(self.secret)

    @property
    def used(self) -> str:
        """The way that was chosen, or the first whose parts are there, or ""."""
        return self.way or next((way for way in WAYS if not self._missing(way)), "")

    def by(self, way: str) -> "Credentials":
        """The same, used in this way. Raises ValueError."""
        return replace(self, way=way)

    def _missing(self, way: str) -> str:
        parts = {
            TOKEN: ("token",),
            CLIENT: ("client_id", "client_secret"),
            SIGNATURE: ("endpoint", "secret"),
            CERTIFICATE: ("endpoint", "identity"),
        }
        return next((part for part in parts[way] if not getattr(self, part)), "")


def credentials_from(environment: Mapping[str, str], name: str = "") -> Credentials:
    """PORTAL_TOKEN; PORTAL_CLIENT_ID and PORTAL_CLIENT_SECRET; PORTAL_ENDPOINT (our mRID) with
    PORTAL_SECRET, or with PORTAL_CERTIFICATE and PORTAL_KEY (files).

    With an endpoint's name at the end (PORTAL_TOKEN_THIRD_PARTY) for that endpoint alone. Raises
    ValueError and OSError.
    """
    end = "_" + name.upper().replace("-", "_") if name else ""

    def value(word: str) -> str:
        return environment.get(word + end, "") or environment.get(word, "")

    files = [Path(file) for file in (value("PORTAL_CERTIFICATE"), value("PORTAL_KEY")) if file]
    return Credentials(
        token=value("PORTAL_TOKEN"),
        client_id=value("PORTAL_CLIENT_ID"),
        client_secret=value("PORTAL_CLIENT_SECRET"),
        endpoint=value("PORTAL_ENDPOINT"),
        secret=value("PORTAL_SECRET"),
        identity="\n".join(file.read_text(encoding="ascii") for file in files),
    )


def signed(secret: str, body: bytes, *, at: datetime, message_id: str = "") -> dict[str, str]:
    """The headers of Standard Webhooks over these bytes."""
    number, moment = message_id or str(uuid4()), str(int(at.timestamp()))
    text = f"{number}.{moment}.".encode() + body
    made = base64.b64encode(hmac.digest(_key(secret), text, "sha256")).decode()
    return {
        "webhook-id": number,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{made}",
    }


def tls(identity: str = "") -> ssl.SSLContext:
    """Trusts what the system trusts (SSL_CERT_FILE names another file), shows the identity.

    Raises ValueError for PEM that holds no certificate with its key.
    """
    context = ssl.create_default_context()
    if not identity:
        return context
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # ssl reads files only
        file.write(identity)
        file.flush()
        try:
            context.load_cert_chain(file.name)
        except (ssl.SSLError, OSError) as error:
            raise ValueError(f"certificate: no PEM with its key: {error}") from error
    return context


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError as error:
        raise ValueError("secret: is not base64, with or without whsec_") from error
