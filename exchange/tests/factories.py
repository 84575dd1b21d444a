"""Endpoints, messages and documents for tests."""

import base64
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from cim.profiles import end_device_config
from cim.profiles.end_device_config import DerIdentity
from exchange.models import Endpoint, OutboundMessage
from exchange.services import (
    PublishedDocument,
    enqueue_message,
    issue_client_credentials,
    register_endpoint,
)

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a secret of 32 bytes for testing").decode()
STATES = ("active", "active", "active", "decommissioned")


def make_endpoint(
    name: str = "DERMS", *, url: str = "http://127.0.0.1:9/", **facts: Any
) -> Endpoint:
    return register_endpoint(
        name=name, kind=facts.pop("kind", "dso_derms"), url=url, secret=SECRET, **facts
    )


def make_third_party(name: str = "Third party", owner: UUID | None = None) -> Endpoint:
    return make_endpoint(name, kind="third_party_derms", owner_mrid=owner or uuid4())


def send(
    endpoint: Endpoint, mrid: UUID | None = None, *, version: int = 1, **facts: Any
) -> OutboundMessage:
    """Enqueue one "deleted EndDeviceConfig", the shortest message there is."""
    mrid = mrid or uuid4()
    identity = DerIdentity(mrid=str(mrid), version=version, effective_at=NOON, reason="gone")
    with transaction.atomic():
        return enqueue_message(
            endpoint=endpoint,
            noun=facts.pop("noun", "EndDeviceConfig"),
            verb=facts.pop("verb", "deleted"),
            object_mrid=mrid,
            object_version=version,
            payload=end_device_config.to_element(identity),
            at=NOON,
        )


def make_documents(count: int, **facts: Any) -> list[PublishedDocument]:
    return [
        PublishedDocument(
            object_mrid=(mrid := uuid4()),
            object_version=1,
            document={"mrid": mrid, "version": 1, "name": f'Größe "{number}" \\ , \n'},
            **{"state": STATES[number % 4], "tariff_code": f"T-{number % 3}", **facts},
        )
        for number in range(count)
    ]


def make_due(endpoint: Endpoint | None = None) -> None:
    """Let every pause end: of messages, and of endpoints that did not answer."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE exchange_outboundmessage SET due_at = clock_timestamp()")
        cursor.execute("UPDATE exchange_deliverylease SET not_before = NULL")


def make_token(endpoint: Endpoint, scope: str = "der:read", *, is_expired: bool = False) -> str:
    """An access token, stored as the token address stores it."""
    from datetime import timedelta

    from django.utils import timezone
    from oauth2_provider.models import get_access_token_model, get_application_model

    if endpoint.oauth_application_id is None:
        issue_client_credentials(endpoint=endpoint, by=None)
    token = uuid4().hex
    get_access_token_model().objects.create(
        application=get_application_model().objects.get(pk=endpoint.oauth_application_id),
        token=token,
        scope=scope,
        expires=timezone.now() + timedelta(hours=-1 if is_expired else 1),
    )
    return token
