"""Who sends: one function, whatever the mechanism. Errors are those of IEC 61968-100 (7.x)."""

from django.http import HttpRequest

from cim import errors as codes
from derportal.api.authentication import endpoint_of_bearer
from exchange.selectors import Endpoint
from exchange.services import InboundRefused, refusal

SEND_MESSAGE = "message:send"


def authenticate(request: HttpRequest) -> Endpoint:
    """The active endpoint behind a request. Raises InboundRefused with 7.2, 7.4 or 7.5."""
    found = endpoint_of_bearer(request)
    if found is None:
        raise _no_credentials(request)
    endpoint, scopes = found
    if SEND_MESSAGE not in scopes:
        raise refusal(codes.NOT_AUTHORIZED, f"the access token lacks the scope {SEND_MESSAGE}")
    endpoint.refresh_from_db()
    return endpoint


def _no_credentials(request: HttpRequest) -> InboundRefused:
    if "Authorization" in request.headers:
        reason = "the access token is unknown, expired or withdrawn"
        return refusal(codes.NOT_AUTHENTICATED, reason)
    reason = "send “Authorization: Bearer” with an access token from /oauth/token"
    return refusal(codes.AUTHENTICATION_REQUIRED, reason)
