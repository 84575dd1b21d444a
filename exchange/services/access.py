"""Who we are for an endpoint: token, OAuth 2.0 client or certificate; sealed, changed on record."""

import ssl
import tempfile
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from exchange.models import DeliveryDecision, Endpoint

from .addresses import EndpointRefused, checked_url
from .certificates import first_end, read_certificates
from .decisions import Decision
from .sealing import seal, unseal
from .tokens import FetchedToken, FixedToken, OAuthClient, TokenSource

Kind = Endpoint.Authentication
MANAGE_ENDPOINT = "exchange.manage_endpoint"


def use_signature_only(
    *, endpoint: Endpoint, by: AbstractBaseUser | None, at: datetime, reason: str
) -> None:
    """SR9: send nothing but the signature; what was sealed is forgotten."""
    decision = Decision(by=by, at=at, reason=reason).checked(endpoint, permission=MANAGE_ENDPOINT)
    _save(endpoint, decision, Kind.SIGNATURE, [], token_url="", client_certificate="")


def use_bearer_token(
    *, endpoint: Endpoint, token: str, by: AbstractBaseUser | None, at: datetime, reason: str
) -> None:
    """SR9: send this token with each message. Raises EndpointRefused and PermissionDenied."""
    decision = Decision(by=by, at=at, reason=reason).checked(endpoint, permission=MANAGE_ENDPOINT)
    if not (token.isascii() and token.isprintable()) or " " in token or not 8 <= len(token) <= 8000:
        raise EndpointRefused("The token must be 8 to 8,000 ASCII characters without spaces.")
    _save(endpoint, decision, Kind.BEARER, [token], token_url="", client_certificate="")


def use_oauth_client(
    *,
    endpoint: Endpoint,
    client: OAuthClient,
    by: AbstractBaseUser | None,
    at: datetime,
    reason: str,
) -> None:
    """SR9: fetch tokens with these client credentials. Raises EndpointRefused, PermissionDenied."""
    decision = Decision(by=by, at=at, reason=reason).checked(endpoint, permission=MANAGE_ENDPOINT)
    if not client.client_id or not client.client_secret:
        raise EndpointRefused("Client id and client secret are needed.")
    secrets = [client.client_id, client.client_secret, client.scope]
    token_url = checked_url(client.token_url)
    _save(endpoint, decision, Kind.OAUTH2, secrets, token_url=token_url, client_certificate="")


def use_client_certificate(
    *,
    endpoint: Endpoint,
    certificate: str,
    key: str,
    by: AbstractBaseUser | None,
    at: datetime,
    reason: str,
) -> None:
    """SR9: show this certificate (PEM, with its chain) in the TLS handshake; mutual TLS.

    Raises EndpointRefused and PermissionDenied.
    """
    decision = Decision(by=by, at=at, reason=reason).checked(endpoint, permission=MANAGE_ENDPOINT)
    leaf = read_certificates(certificate, at)[0]
    try:
        private = load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise EndpointRefused("The key must be a PEM private key without a password.") from error
    if _public_bytes(private.public_key()) != _public_bytes(leaf.public_key()):
        raise EndpointRefused("The key does not belong to the certificate.")
    _save(endpoint, decision, Kind.MUTUAL_TLS, [key], token_url="", client_certificate=certificate)


def pin_server_certificate(
    *, endpoint: Endpoint, certificate: str, by: AbstractBaseUser | None, at: datetime, reason: str
) -> None:
    """SR9: accept only this server certificate or CA (PEM); with "" those of the system again.

    Raises EndpointRefused and PermissionDenied.
    """
    decision = Decision(by=by, at=at, reason=reason).checked(endpoint, permission=MANAGE_ENDPOINT)
    if certificate:
        read_certificates(certificate, at)
    with transaction.atomic():
        locked = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        locked.server_certificate = certificate
        _save_certificates(locked, decision, ["server_certificate"], "server certificate")
    endpoint.refresh_from_db()


def reseal_all() -> int:
    """Seal every secret anew with the first of DERPORTAL_SEALING_KEYS; the others may then go."""
    count = 0
    for pk in Endpoint.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            endpoint = Endpoint.objects.select_for_update().get(pk=pk)
            endpoint.sealed_secret = _resealed(endpoint, bytes(endpoint.sealed_secret))
            if endpoint.sealed_credentials is not None:
                endpoint.sealed_credentials = _resealed(
                    endpoint, bytes(endpoint.sealed_credentials)
                )
            endpoint.save(update_fields=["sealed_secret", "sealed_credentials"])
            count += 1
    return count


def token_source(endpoint: Endpoint) -> TokenSource | None:
    """Where the token for each message comes from. Raises SecretUnreadable."""
    if endpoint.authentication == Kind.BEARER:
        return FixedToken(_credentials(endpoint)[0])
    if endpoint.authentication == Kind.OAUTH2:
        client_id, secret, scope = _credentials(endpoint)
        return FetchedToken(OAuthClient(endpoint.token_url, client_id, secret, scope))
    return None


def tls_of(endpoint: Endpoint) -> ssl.SSLContext | None:
    """The TLS settings if the endpoint needs its own. Raises SecretUnreadable."""
    is_mutual = endpoint.authentication == Kind.MUTUAL_TLS
    if not (is_mutual or endpoint.server_certificate):
        return None
    context = ssl.create_default_context(cadata=endpoint.server_certificate or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if endpoint.server_certificate:
        # So that the server's own certificate can be pinned, not only the CA that signed it.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if is_mutual:
        _load_chain(context, endpoint.client_certificate, _credentials(endpoint)[0])
    return context


def _load_chain(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Python's ssl reads keys from files only: one that nobody else may open, for this moment."""
    with tempfile.TemporaryDirectory(prefix="derportal-") as folder:
        file = Path(folder) / "client.pem"
        file.touch(mode=0o600)
        file.write_text(f"{key.strip()}\n{certificate.strip()}\n", encoding="ascii")
        context.load_cert_chain(file)


def _credentials(endpoint: Endpoint) -> list[str]:
    kind, *values = unseal(
        sealed=bytes(endpoint.sealed_credentials or b""), endpoint_mrid=endpoint.mrid
    )
    if kind != endpoint.authentication:
        raise EndpointRefused(f"What is sealed is for {kind}, not {endpoint.authentication}.")
    return values


def _save(
    endpoint: Endpoint, decision: Decision, kind: str, secrets: list[str], **facts: str
) -> None:
    """``kind`` is sealed too, so that one sort of secret cannot stand in for another."""
    sealed = seal(secrets=[kind, *secrets], endpoint_mrid=endpoint.mrid) if secrets else None
    with transaction.atomic():
        locked = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        locked.authentication, locked.sealed_credentials = kind, sealed
        for field, value in facts.items():
            setattr(locked, field, value)
        fields = ["authentication", "sealed_credentials", *facts]
        _save_certificates(locked, decision, fields, locked.get_authentication_display())
    endpoint.refresh_from_db()


def _save_certificates(locked: Endpoint, decision: Decision, fields: list[str], what: str) -> None:
    locked.certificate_expires_at = first_end(locked)
    locked.save(update_fields=[*fields, "certificate_expires_at"])
    decision.note(locked, DeliveryDecision.Action.CREDENTIALS, more=what)


def _public_bytes(key: object) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]


def _resealed(endpoint: Endpoint, sealed: bytes) -> bytes:
    plain = unseal(sealed=sealed, endpoint_mrid=endpoint.mrid)
    return seal(secrets=plain, endpoint_mrid=endpoint.mrid)
