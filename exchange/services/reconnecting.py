"""What a worker learned outlives a restart of PostgreSQL: it is written afterwards."""

import logging
from collections.abc import Callable
from functools import wraps
from time import monotonic, sleep
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
_PAUSE_S = 0.2


def through_restarts(write: Callable[P, R]) -> Callable[P, R]:
    """Again in a new connection while the database is away. ``write`` must be safe to repeat.

    It may have been committed and only the answer lost. Inside somebody's transaction nothing is
    tried again: that transaction is gone.
    """

    @wraps(write)
    def _patiently(*args: P.args, **kwargs: P.kwargs) -> R:
        began = monotonic()
        while True:
            try:
                return write(*args, **kwargs)
            except (OperationalError, InterfaceError) as error:
                if connection.in_atomic_block or monotonic() - began > _patience_s():
                    raise
                connection.close()
                log.warning("%s waits for the database: %s", write.__name__, error)
                sleep(_PAUSE_S)

    return _patiently


def _patience_s() -> float:
    return float(settings.EXCHANGE_DATABASE_PATIENCE_SECONDS)
