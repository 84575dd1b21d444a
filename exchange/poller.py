"""Deliveries without the bell: what was due for a while and nobody served is drained here.

Runs as a thread in each worker process, beside Celery, and needs nothing but the database: while
Redis is away no bell rings and no beat is heard, and messages still go out (F9).
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from celery.signals import worker_init
from django.conf import settings
from django.db import DatabaseError, connection

from .services import drain, endpoints_due
from .slots import SLOTS

log = logging.getLogger(__name__)


@worker_init.connect
def start(**_unknown: object) -> None:
    """Poll as long as the worker lives; begins before there is a broker."""
    threading.Thread(target=poll, args=[threading.Event()], name="poller", daemon=True).start()


def poll(stop: threading.Event) -> None:
    """Look every few seconds until ``stop`` is set."""
    seen: set[int] = set()
    with ThreadPoolExecutor(SLOTS.count, thread_name_prefix="poller") as pool:
        while not stop.wait(settings.EXCHANGE_POLL_SECONDS):
            seen = _look(seen, pool)


def _look(seen: set[int], pool: ThreadPoolExecutor) -> set[int]:
    """Drain what was due at the last look too; returns what is to be watched until the next."""
    try:
        due = set(endpoints_due())
        unserved = sorted(due & seen)
        if unserved:
            log.info("the poller delivers to endpoints %s", unserved)
        list(pool.map(_drained, unserved))
        return due - set(unserved)
    except DatabaseError as error:
        log.warning("the poller could not ask the database: %s", error)
        return set()
    finally:
        connection.close()


def _drained(endpoint_id: int) -> None:
    """One endpoint; what goes wrong is logged and does not stop the others."""
    try:
        with SLOTS:
            drain(endpoint_id=endpoint_id)
    except Exception:
        log.exception("the poller failed to deliver to endpoint %s", endpoint_id)
    finally:
        connection.close()
