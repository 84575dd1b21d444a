"""How an endpoint must prove that a message is its own (M1): chosen by people, on record."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from exchange.models import DeliveryDecision, Endpoint

from .addresses import EndpointRefused
from .certificates import Certificate, described, first_end, read_certificates
from .decisions import Decision

MANAGE_ENDPOINT = "exchange.manage_endpoint"
Way = Endpoint.Inbound


def accept_from(
    *,
    endpoint: Endpoint,
    ways: Sequence[str],
    certificate: str = "",
    by: AbstractBaseUser | None,
    at: datetime,
    reason: str,
) -> None:
    """SR9, M1: take what the endpoint sends only if it is proven in one of these ways.

    ``certificate`` (PEM) is pinned: with mutual TLS the sender must show it. Of a chain the first
    counts. With "" nothing is pinned. Raises EndpointRefused, with the field where it is one,
    DecisionRefused and PermissionDenied.
    """
    decision = Decision(by=by, at=at, reason=reason).checked(endpoint, permission=MANAGE_ENDPOINT)
    _check_ways(ways)
    leaf = _leaf(certificate, at)
    if Way.MUTUAL_TLS in ways and leaf is None:
        raise EndpointRefused({"certificate": "Mutual TLS needs the sender's client certificate."})
    with transaction.atomic():
        locked = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        before = ", ".join(locked.inbound_authentications)
        locked.inbound_authentications = [each for each in Way.values if each in ways]
        _pin(locked, leaf)
        locked.save(
            update_fields=[
                *("inbound_authentications", "inbound_certificate", "inbound_certificate_sha256"),
                "certificate_expires_at",
            ]
        )
        more = f"proofs of what it sends: {before} -> {', '.join(locked.inbound_authentications)}"
        if leaf:
            more += f"; certificate {locked.inbound_certificate_sha256}"
        decision.note(locked, DeliveryDecision.Action.CREDENTIALS, more=more)
    endpoint.refresh_from_db()


def lockouts(
    *, endpoint: Endpoint, ways: Sequence[str], certificate: Certificate | None
) -> list[str]:
    """What the endpoint could not send with any more after accept_from(), in words."""
    found = [
        f"Messages with this proof are refused from then on: {Way(each).label}."
        for each in endpoint.inbound_authentications
        if each not in ways
    ]
    old, fresh = endpoint.inbound_certificate_sha256, certificate and certificate.sha256
    if Way.MUTUAL_TLS in ways and old and fresh != old:
        found.append("Messages with the certificate before are refused from then on.")
    if Way.MUTUAL_TLS in ways and not settings.INBOUND_CERTIFICATE_HEADER:
        found.append("The utility's proxy does not pass on client certificates yet.")
    if found and list(ways) == [Way.BEARER] and endpoint.oauth_application_id is None:
        found.append("It has no API credentials yet, so no token to send with.")
    return found


def inbound_certificate(text: str, at: datetime) -> Certificate | None:
    """What the certificate to be pinned says; None for "". Raises EndpointRefused."""
    leaf = _leaf(text, at)
    return described(leaf, use="inbound_certificate") if leaf else None


def _leaf(text: str, at: datetime) -> x509.Certificate | None:
    if not text.strip():
        return None
    try:
        return read_certificates(text, at)[0]
    except EndpointRefused as refused:
        raise EndpointRefused({"certificate": refused.messages}) from refused


def _pin(locked: Endpoint, leaf: x509.Certificate | None) -> None:
    locked.inbound_certificate = leaf.public_bytes(Encoding.PEM).decode() if leaf else ""
    told = described(leaf, use="inbound_certificate") if leaf else None
    locked.inbound_certificate_sha256 = told.sha256 if told else ""
    locked.certificate_expires_at = first_end(locked)


def _check_ways(ways: Sequence[str]) -> None:
    if not ways:
        raise EndpointRefused({"ways": "Choose at least one way."})
    if unknown := sorted(set(ways) - set(Way.values)):
        raise EndpointRefused({"ways": f"{', '.join(unknown)}: choose from the known ways."})
