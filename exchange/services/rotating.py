"""Changing secrets without a gap: two sign while the receiver changes over (SR9). On record."""

from datetime import datetime
from hashlib import sha256

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from exchange.models import DeliveryDecision, Endpoint

from .addresses import EndpointRefused
from .credentials import ClientCredentials, issue_client_credentials
from .decisions import Decision
from .endpoints import keep_newest_secret, rotate_secret, signing_secrets

MANAGE_ENDPOINT = "exchange.manage_endpoint"
CREDENTIALS = DeliveryDecision.Action.CREDENTIALS


def begin_rotation(*, endpoint: Endpoint, by: AbstractBaseUser, at: datetime, seen: str) -> str:
    """SR9: a new signing secret, returned once; the one before signs too until end_rotation().

    ``seen`` is the mark_of_secrets() that was on the person's page: a form that is sent twice
    would end a secret that the receiver still uses. Raises PermissionDenied and EndpointRefused.
    """
    decision = _decided(endpoint, by, at, "A new signing secret.")
    with transaction.atomic():
        locked = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        if mark_of_secrets(locked) != seen:
            raise EndpointRefused("The secret was changed already since you opened the page.")
        fresh = rotate_secret(endpoint=locked)
        decision.note(locked, CREDENTIALS)
    return fresh


def end_rotation(*, endpoint: Endpoint, by: AbstractBaseUser, at: datetime) -> None:
    """SR9: from now on only the newest secret signs. Raises PermissionDenied, EndpointRefused."""
    decision = _decided(endpoint, by, at, "The previous signing secret ends.")
    with transaction.atomic():
        locked = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        if not is_rotating(locked):
            raise EndpointRefused("There is no previous secret.")
        keep_newest_secret(endpoint=locked)
        decision.note(locked, CREDENTIALS)


def renew_client_credentials(
    *, endpoint: Endpoint, by: AbstractBaseUser, at: datetime
) -> ClientCredentials:
    """SR9, M1: a new secret for the API, returned once; tokens of the old one end at once.

    Raises PermissionDenied.
    """
    decision = _decided(endpoint, by, at, "New client credentials for the API.")
    with transaction.atomic():
        issued = issue_client_credentials(endpoint=endpoint, by=by)
        decision.note(endpoint, CREDENTIALS)
    return issued


def is_rotating(endpoint: Endpoint) -> bool:
    """Whether two secrets sign what is sent."""
    return len(signing_secrets(endpoint=endpoint)) > 1


def mark_of_secrets(endpoint: Endpoint) -> str:
    """A mark that changes with every change of the secrets and tells nothing of them."""
    return sha256(bytes(endpoint.sealed_secret)).hexdigest()[:16]


def _decided(endpoint: Endpoint, by: AbstractBaseUser, at: datetime, what: str) -> Decision:
    return Decision(by=by, at=at, reason=what).checked(endpoint, permission=MANAGE_ENDPOINT)
