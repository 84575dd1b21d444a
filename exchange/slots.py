"""How many endpoints one worker delivers to at once: as many as Celery gives it slots (-c).

The poller shares them with the bells: a worker that is killed was in the middle of so many
deliveries and no more.
"""

import os
import threading
from typing import Any

from celery.signals import worker_init, worker_process_init


class Slots:
    """Use it with ``with``: waits for a free one."""

    def __init__(self, count: int) -> None:
        self.resize(count)

    def resize(self, count: int) -> None:
        """All free again."""
        self.count = count
        self._free = threading.Semaphore(count)

    def __enter__(self) -> None:
        self._free.acquire()

    def __exit__(self, *_: object) -> None:
        self._free.release()


SLOTS = Slots(os.cpu_count() or 1)


@worker_init.connect
def know_how_many(sender: Any, **_unknown: object) -> None:
    """The worker says it, unless it leaves that to the machine ("auto")."""
    if isinstance(sender.concurrency, int):
        SLOTS.resize(sender.concurrency)


@worker_process_init.connect
def begin_afresh(**_unknown: object) -> None:
    """A forked process runs one task at a time, whatever its parent did when it was born."""
    SLOTS.resize(1)
