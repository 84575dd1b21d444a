"""Who sends: one function, whatever the mechanism. Errors are those of IEC 61968-100 (7.x)."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from cim import errors as codes
from derportal.api.authentication import endpoint_of_bearer
from exchange.selectors import Endpoint, active_endpoint
from exchange.services import (
    InboundRefused,
    Signature,
    has_certificate,
    is_signed_by,
    refusal,
)

SEND_MESSAGE = "message:send"
SIGNATURE_WINDOW = timedelta(minutes=5)
Way = Endpoint.Inbound


def authenticate(request: HttpRequest, read_body: Callable[[], bytes]) -> Endpoint:
    """The active endpoint behind a request. Raises InboundRefused with 7.2 to 7.5 or 7.7.

    The first proof in the request counts: a token, a signature, a certificate. The body is read
    only for a signature.
    """
    if "Authorization" in request.headers:
        way, endpoint = Way.BEARER, _of_token(request)
    elif "webhook-signature" in request.headers:
        way, endpoint = Way.SIGNATURE, _of_signature(request, read_body)
    elif _certificate(request):
        way, endpoint = Way.MUTUAL_TLS, _of_certificate(request)
    else:
        reason = "send a token, a signature or a client certificate"
        raise refusal(codes.AUTHENTICATION_REQUIRED, reason)
    if way not in endpoint.inbound_authentications:
        reason = f"this endpoint may not send with: {way.label}"
        raise refusal(codes.MECHANISM_INSUFFICIENT, reason)
    return endpoint


def _of_token(request: HttpRequest) -> Endpoint:
    found = endpoint_of_bearer(request)
    if found is None:
        raise _not_authenticated("the access token is unknown, expired or withdrawn")
    endpoint, scopes = found
    if SEND_MESSAGE not in scopes:
        raise refusal(codes.NOT_AUTHORIZED, f"the access token lacks the scope {SEND_MESSAGE}")
    endpoint.refresh_from_db()
    return endpoint


def _of_signature(request: HttpRequest, read_body: Callable[[], bytes]) -> Endpoint:
    signature = Signature(
        webhook_id=request.headers.get("webhook-id", ""),
        timestamp=request.headers.get("webhook-timestamp", ""),
        signatures=request.headers["webhook-signature"],
    )
    _check_time(signature.timestamp)
    endpoint = _named(request)
    if endpoint is None or not is_signed_by(
        endpoint=endpoint, signature=signature, body=read_body()
    ):
        raise _not_authenticated("the signature is not that of the endpoint in X-Endpoint")
    return endpoint


def _check_time(timestamp: str) -> None:
    """A signature is good for five minutes, by the clock of the portal."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise _not_authenticated("webhook-timestamp is no time in seconds since 1970")
    if abs(timezone.now().timestamp() - int(timestamp)) > SIGNATURE_WINDOW.total_seconds():
        reason = "webhook-timestamp is more than 5 minutes away from now"
        raise refusal(codes.POLICY_VIOLATED, reason)


def _of_certificate(request: HttpRequest) -> Endpoint:
    endpoint = _named(request)
    if endpoint is None or not has_certificate(endpoint=endpoint, told=_certificate(request)):
        raise _not_authenticated("the certificate is not that of the endpoint in X-Endpoint")
    return endpoint


def _certificate(request: HttpRequest) -> str:
    """What the proxy told of the client's certificate; "" unless a setting names its header."""
    name = settings.INBOUND_CERTIFICATE_HEADER
    return request.headers.get(name, "") if name else ""


def _named(request: HttpRequest) -> Endpoint | None:
    """The endpoint that the request says it is of. A claim: the proof is to come."""
    try:
        return active_endpoint(UUID(request.headers.get("X-Endpoint", "")))
    except ValueError:
        return None


def _not_authenticated(reason: str) -> InboundRefused:
    return refusal(codes.NOT_AUTHENTICATED, reason)
