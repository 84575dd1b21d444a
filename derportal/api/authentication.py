"""Who asks: the endpoint of a bearer token, found by the token's SHA-256 in one query (P17)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from exchange.selectors import Endpoint, endpoint_for_token

if TYPE_CHECKING:
    # DRF imports this module while it reads its settings, before its views.
    from rest_framework.views import APIView

READ_DER = "der:read"
_LONGEST_TOKEN = 512


@dataclass(frozen=True)
class Client:
    """The machine behind a request. It is no user and has no permissions but its scopes."""

    scopes: frozenset[str]
    is_authenticated: bool = True


class EndpointAuthentication(BaseAuthentication):
    """``Authorization: Bearer …``; request.auth is the Endpoint. No password hash is computed."""

    def authenticate(self, request: Request) -> tuple[Client, Endpoint] | None:
        """The endpoint, or None without a bearer token. Raises AuthenticationFailed."""
        if _bearer_token(request) is None:
            return None
        found = endpoint_of_bearer(request)
        if found is None:
            raise AuthenticationFailed("The access token is unknown, expired or withdrawn.")
        endpoint, scopes = found
        return Client(scopes), endpoint

    def authenticate_header(self, request: Request) -> str:
        """What a 401 tells the client to use."""
        return 'Bearer realm="derportal"'


def endpoint_of_bearer(request: Request | HttpRequest) -> tuple[Endpoint, frozenset[str]] | None:
    """The endpoint and the scopes of the request's bearer token; None if there is no such one."""
    token = _bearer_token(request) or ""
    return endpoint_for_token(token) if 0 < len(token) <= _LONGEST_TOKEN else None


def _bearer_token(request: Request | HttpRequest) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


class MayReadDer(BasePermission):
    """The token has the scope der:read."""

    message = f"The access token lacks the scope {READ_DER}."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Whether the token may read DER."""
        return isinstance(request.user, Client) and READ_DER in request.user.scopes
