"""Reading certificates (PEM): what they say, and whether they may be pinned."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from exchange.models import Endpoint

from .addresses import EndpointRefused

# The fields of an endpoint that hold certificates, and what people call them.
USES = {
    "client_certificate": "Our client certificate",
    "server_certificate": "Pinned server certificate",
    "inbound_certificate": "Pinned client certificate of the sender",
}
_MAX_CHARACTERS = 50_000


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What one certificate says. ``use`` is one of USES."""

    use: str
    subject: str
    issuer: str
    begins_at: datetime
    ends_at: datetime
    sha256: str

    @property
    def is_self_signed(self) -> bool:
        """Whether its subject is its issuer."""
        return self.subject == self.issuer

    @property
    def use_label(self) -> str:
        """What the endpoint has it for, in words."""
        return USES[self.use]

    @property
    def fingerprint(self) -> str:
        """The SHA-256 as people compare it: pairs with colons."""
        return ":".join(self.sha256[at : at + 2] for at in range(0, 64, 2)).upper()


def certificates_of(endpoint: Endpoint) -> list[Certificate]:
    """Every certificate of an endpoint's settings, with the ones that signed it; no query."""
    return [
        described(each, use=use) for use in USES for each in _stored(str(getattr(endpoint, use)))
    ]


def described(certificate: x509.Certificate, *, use: str) -> Certificate:
    """What a certificate says."""
    return Certificate(
        use=use,
        subject=certificate.subject.rfc4514_string() or "(empty)",
        issuer=certificate.issuer.rfc4514_string() or "(empty)",
        begins_at=certificate.not_valid_before_utc,
        ends_at=certificate.not_valid_after_utc,
        sha256=certificate.fingerprint(SHA256()).hex(),
    )


def read_certificates(text: str, at: datetime) -> list[x509.Certificate]:
    """The certificates of a PEM text, valid now. Raises EndpointRefused."""
    if "PRIVATE KEY" in text:
        raise EndpointRefused("This holds a private key. Give the certificate alone; keep the key.")
    if len(text) > _MAX_CHARACTERS:
        raise EndpointRefused(f"The certificate is over {_MAX_CHARACTERS:,} characters long.")
    try:
        found = x509.load_pem_x509_certificates(text.encode("ascii"))
    except ValueError as error:
        raise EndpointRefused(
            "The certificate must be PEM: it begins with -----BEGIN CERTIFICATE-----."
        ) from error
    for each in found:
        _check_validity(each, at)
    return found


def first_end(endpoint: Endpoint) -> datetime | None:
    """When the first of an endpoint's certificates ends; None if it has none."""
    return min((each.ends_at for each in certificates_of(endpoint)), default=None)


def _check_validity(certificate: x509.Certificate, at: datetime) -> None:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if at >= ends:
        raise EndpointRefused(f"The certificate is not valid now: it ended on {ends:%Y-%m-%d}.")
    if at < begins:
        raise EndpointRefused(f"The certificate is not valid now: it begins on {begins:%Y-%m-%d}.")


def _stored(text: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(text.encode()) if text else []
