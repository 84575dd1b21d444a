"""What `manage.py check` says of the exchange's settings."""

import ipaddress
from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from .services import allowed_networks

_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


@register(Tags.security)
def check_endpoint_networks(
    app_configs: Sequence[AppConfig] | None, **_unknown: object
) -> list[CheckMessage]:
    """Loopback among the allowed networks needs a second, explicit setting."""
    try:
        networks = allowed_networks()
    except ValueError as error:
        return [Error(f"DERMS_ENDPOINT_ALLOWED_NETWORKS: {error}.", id="exchange.E001")]
    has_loopback = any(
        network.version == loopback.version and network.overlaps(loopback)
        for network in networks
        for loopback in _LOOPBACK
    )
    if settings.DEBUG or not has_loopback or settings.DERMS_ENDPOINT_ALLOW_LOOPBACK:
        return []
    return [
        Error(
            "DERMS_ENDPOINT_ALLOWED_NETWORKS lets endpoints reach this machine itself.",
            hint="Take the loopback network out, or set DERMS_ENDPOINT_ALLOW_LOOPBACK=1 too.",
            id="exchange.E002",
        )
    ]
