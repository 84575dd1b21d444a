"""OAuth 2.0 client credentials with which an endpoint reads the API (SR9, M1)."""

import logging
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import get_access_token_model, get_application_model

from exchange.models import Endpoint

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClientCredentials:
    """What the integrator needs; the secret is shown once and stored as a hash."""

    client_id: str
    client_secret: str


def issue_client_credentials(
    *, endpoint: Endpoint, by: AbstractBaseUser | None
) -> ClientCredentials:
    """Give the endpoint a client id and a new secret; tokens of the old secret end at once."""
    secret: str = generate_client_secret()
    with transaction.atomic():
        locked = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        application = _application(locked)
        application.client_secret = secret
        application.save()
        get_access_token_model().objects.filter(application=application).delete()
        locked.oauth_application_id = application.pk
        locked.save(update_fields=["oauth_application_id"])
    endpoint.oauth_application_id = application.pk
    log.info("client credentials issued for endpoint %s by %s", endpoint.mrid, by and by.pk)
    return ClientCredentials(client_id=application.client_id, client_secret=secret)


def _application(endpoint: Endpoint):  # type: ignore[no-untyped-def] # noqa: ANN202 - no types there
    model = get_application_model()
    if endpoint.oauth_application_id is not None:
        return model.objects.get(pk=endpoint.oauth_application_id)
    return model(
        name=endpoint.name,
        client_type=model.CLIENT_CONFIDENTIAL,
        authorization_grant_type=model.GRANT_CLIENT_CREDENTIALS,
    )
