"""Where and how an endpoint's settings send its messages: one place for deliveries and tests."""

from exchange.models import Endpoint

from .access import tls_of, token_source
from .encoding import encoding_of
from .endpoints import signing_secrets
from .sending import Destination


def destination_of(endpoint: Endpoint) -> Destination:
    """Address, writing, signature and credentials of the endpoint. Raises SecretUnreadable."""
    return Destination(
        url=endpoint.url,
        secrets=signing_secrets(endpoint=endpoint),
        encoding=encoding_of(endpoint),
        tls=tls_of(endpoint),
        tokens=token_source(endpoint),
    )
