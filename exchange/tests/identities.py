"""Certificates with their keys, made for a test."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NOW = datetime.now(UTC)


class Identity(NamedTuple):
    certificate: str
    key: str


def made(name: str, *, issuer: "Identity | None" = None, days: int = 90) -> Identity:
    """A certificate for 127.0.0.1 of this name, signed by the issuer or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    signer: Any = key
    issued_by = subject
    if issuer:
        signer = serialization.load_pem_private_key(issuer.key.encode(), None)
        issued_by = x509.load_pem_x509_certificate(issuer.certificate.encode()).subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issued_by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=100))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    signed = builder.sign(signer, hashes.SHA256())
    return Identity(signed.public_bytes(serialization.Encoding.PEM).decode(), private.decode())
