"""The bell: tells Celery that an endpoint has something due. It carries no data and may be lost.

Rings are counted in the database: while one is outstanding, no second one is sent, so that the
queue of a stopped worker does not fill. A lost ring is replaced by drain_all_due().
"""

import logging

from celery import current_app
from django.db import connection

log = logging.getLogger(__name__)

_RING_AGAIN_AFTER = "5 seconds"
_OUTSTANDING = """
UPDATE exchange_deliverylease SET poked_at = clock_timestamp()
WHERE endpoint_id = %s
  AND (poked_at IS NULL OR poked_at < clock_timestamp() - %s::interval)
"""


def poke(endpoint_id: int) -> bool:
    """Wake a worker for the endpoint, unless that was just done. Never raises for the broker."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTSTANDING, [endpoint_id, _RING_AGAIN_AFTER])
        if cursor.rowcount == 0:
            return False
    return ring("exchange.drain", endpoint_id=endpoint_id)


def ring(task: str, **facts: int) -> bool:
    """Wake a worker for a task. Never raises for the broker: the row that is due is safe."""
    try:
        current_app.send_task(task, kwargs=facts, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever the broker does, the row is safe
        log.warning("no worker could be woken for %s %s: %s", task, facts or "", error)
        return False
    return True
