"""Endpoints: which DERMS exist, where they listen, and the secret that signs what we send."""

import base64
import binascii
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from exchange.models import DeliveryDecision, DeliveryLease, Endpoint

from .addresses import EndpointRefused, checked_url
from .decisions import Decision
from .sealing import seal, unseal

MAX_OWNED = 10
SETTINGS = frozenset(
    {
        *("url", "concurrency", "is_typed", "transport", "format", "is_strict"),
        *("edition", "namespace_year", "takes_requests"),
        *("after_failure", "retry_profile", "messages_per_second"),
    }
)
SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix that Standard Webhooks gives to secrets


@dataclass(frozen=True)
class NewEndpoint:
    """An endpoint and its signing secret, which is shown once."""

    endpoint: Endpoint
    secret: str


def create_endpoint(
    *,
    name: str,
    kind: str,
    url: str,
    owner_mrid: UUID | None = None,
    feeder_mrids: Sequence[UUID] = (),
    source: str = "",
    context: str = "PRODUCTION",
) -> NewEndpoint:
    """SR9, F31-C, F32-C: a new endpoint that is not started, with a signing secret of its own.

    Never touches an endpoint that exists. The caller has checked the permission
    exchange.manage_endpoint. Raises EndpointRefused, with the field where it is one.
    """
    secret = _fresh_secret()
    endpoint = Endpoint(
        name=name,
        kind=kind,
        url=checked_url(url),
        owner_mrid=owner_mrid,
        feeder_mrids=list(feeder_mrids),
        source=source,
        context=context,
        is_active=False,
    )
    with transaction.atomic():
        _check_new(endpoint)
        _set_secrets(endpoint, [secret])
        try:
            with transaction.atomic():
                _save_checked(endpoint)
        except IntegrityError as taken:
            raise _name_taken() from taken
        DeliveryLease.objects.create(endpoint=endpoint)
    return NewEndpoint(endpoint, secret)


def _check_new(endpoint: Endpoint) -> None:
    if Endpoint.objects.filter(name=endpoint.name).exists():
        raise _name_taken()
    owned = Endpoint.objects.filter(owner_mrid=endpoint.owner_mrid, owner_mrid__isnull=False)
    if owned.count() >= MAX_OWNED:
        raise EndpointRefused(f"A third party has at most {MAX_OWNED} endpoints.")


def _name_taken() -> EndpointRefused:
    return EndpointRefused({"name": "Another endpoint has this name. Choose another name."})


def register_endpoint(  # noqa: PLR0913 - each is a fact of the endpoint
    *,
    name: str,
    kind: str,
    url: str,
    secret: str,
    owner_mrid: UUID | None = None,
    feeder_mrids: Sequence[UUID] = (),
    context: str = "PRODUCTION",
    concurrency: int = 8,
    source: str = "",
    takes_requests: bool = False,
) -> Endpoint:
    """SR9, F31-C, F32-C: create the endpoint of this name, or bring it to these facts.

    ``source`` is what its messages carry as Header/Source, unless that is its name or mRID.
    ``takes_requests``: a work-management system is asked for work (WR1, SO1), not only told.
    ``secret`` is a Standard Webhooks secret ("whsec_" and base64). Raises EndpointRefused.
    """
    facts = {
        "kind": kind,
        "url": checked_url(url),
        "owner_mrid": owner_mrid,
        "feeder_mrids": list(feeder_mrids),
        "context": context,
        "concurrency": concurrency,
        "source": source,
        "takes_requests": takes_requests,
    }
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().filter(name=name).first()
        endpoint = endpoint or Endpoint(name=name)
        for field, value in facts.items():
            setattr(endpoint, field, value)
        _set_secrets(endpoint, [_checked_secret(secret)])
        _save_checked(endpoint)
        DeliveryLease.objects.get_or_create(endpoint=endpoint)
    return endpoint


def rotate_secret(*, endpoint: Endpoint, keep_previous: bool = True) -> str:
    """Give the endpoint a new signing secret, returned here once and never again.

    Messages carry a signature of the previous secret too, until the next rotation, so that the
    receiver can change over; ``keep_previous=False`` ends the previous one at once.
    """
    fresh = _fresh_secret()
    with transaction.atomic():
        locked = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        previous = signing_secrets(endpoint=locked)[:1] if keep_previous else []
        _set_secrets(locked, [fresh, *previous])
        locked.save(update_fields=["sealed_secret"])
    endpoint.sealed_secret = locked.sealed_secret
    return fresh


def keep_newest_secret(*, endpoint: Endpoint) -> None:
    """Let the previous secret end; the caller holds the endpoint's lock."""
    _set_secrets(endpoint, signing_secrets(endpoint=endpoint)[:1])
    endpoint.save(update_fields=["sealed_secret"])


def set_endpoint_active(*, endpoint: Endpoint, is_active: bool) -> None:
    """Stop or start everything for one endpoint: deliveries and the API.

    What waits is kept. What happens while it is stopped is not told to it, then or later.
    """
    Endpoint.objects.filter(pk=endpoint.pk).update(is_active=is_active)
    endpoint.is_active = is_active


def change_settings(
    *,
    endpoint: Endpoint,
    by: AbstractBaseUser | None,
    at: datetime,
    reason: str,
    **changes: object,
) -> Endpoint:
    """SR9: how messages are written, retried and paced; messages that wait are sent the new way.

    ``changes`` are of SETTINGS. Raises EndpointRefused, DecisionRefused and PermissionDenied.
    """
    decision = Decision(by=by, at=at, reason=reason).checked(
        endpoint, permission="exchange.manage_endpoint"
    )
    if foreign := sorted(changes.keys() - SETTINGS):
        raise EndpointRefused(f"{', '.join(foreign)}: no such setting.")
    if "url" in changes:
        checked_url(str(changes["url"]))
    with transaction.atomic():
        locked = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        before = {name: getattr(locked, name) for name in changes}
        for name, value in changes.items():
            setattr(locked, name, value)
        _check(locked)
        locked.save(update_fields=list(changes))
        now = [f"{name}: {before[name]} -> {getattr(locked, name)}" for name in sorted(changes)]
        decision.note(locked, DeliveryDecision.Action.SETTINGS, more="; ".join(now))
    endpoint.refresh_from_db()
    return locked


def signing_secrets(*, endpoint: Endpoint) -> list[str]:
    """The secrets that sign messages to this endpoint, newest first. Raises SecretUnreadable."""
    return unseal(sealed=bytes(endpoint.sealed_secret), endpoint_mrid=endpoint.mrid)


def _fresh_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _checked_secret(secret: str) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise EndpointRefused("The secret must be “whsec_” and base64.") from error
    if len(key) < 24:
        raise EndpointRefused("The secret must hold at least 24 bytes.")
    return secret


def _set_secrets(endpoint: Endpoint, values: list[str]) -> None:
    endpoint.sealed_secret = seal(secrets=values, endpoint_mrid=endpoint.mrid)


def _save_checked(endpoint: Endpoint) -> None:
    _check(endpoint)
    endpoint.save()


def _check(endpoint: Endpoint) -> None:
    """A name stands in subjects of e-mails and in logs: one line, nothing hidden."""
    if not endpoint.name.isprintable():
        raise EndpointRefused({"name": "Use letters, digits, signs and spaces on one line."})
    try:
        endpoint.full_clean(exclude=["name", "sealed_secret", "url"], validate_unique=False)
    except ValidationError as error:
        raise EndpointRefused(error.message_dict) from error
