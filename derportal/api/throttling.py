"""How many requests an endpoint may make. Counted in the memory of each web process: no broker
and no cache stands between a DERMS and its poll."""

import time
from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView

_WINDOW_S = 60.0
_counts: dict[int, tuple[float, int]] = {}


class EndpointThrottle(BaseThrottle):
    """At most API_REQUESTS_PER_MINUTE requests of one endpoint to one web process."""

    def __init__(self) -> None:
        self._wait_s: float | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count the request and say whether it is within the limit."""
        self._wait_s = seconds_to_wait(request.auth.pk)
        return self._wait_s is None

    def wait(self) -> float | None:
        """Seconds until the next window."""
        return self._wait_s


def seconds_to_wait(endpoint_id: int) -> float | None:
    """Count a request of the endpoint. None if it is within the limit, else until when not."""
    now = time.monotonic()
    began_at, count = _counts.get(endpoint_id, (now, 0))
    if now - began_at >= _WINDOW_S:
        began_at, count = now, 0
    _counts[endpoint_id] = (began_at, count + 1)
    is_within = count < settings.API_REQUESTS_PER_MINUTE
    return None if is_within else _WINDOW_S - (now - began_at)
