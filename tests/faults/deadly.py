"""``celery -A tests.faults.deadly``: the portal's workers, and one message that kills them (F18).

The file that DEADLY names holds the mRID of its object. Whoever is about to send it leaves a line
in the file DEATHS and is gone, without a last word. Without the file nobody dies.
"""

import os
import signal
from pathlib import Path

from celery.signals import worker_init

from derportal.celery import app

__all__ = ["app"]


@worker_init.connect(weak=False)
def lay_the_trap(**_: object) -> None:
    """Before the worker forks."""
    from exchange.services.encoding import Encoding

    harmless = Encoding.body

    def body(self: Encoding, message: bytes) -> bytes:
        deadly = Path(os.environ["DEADLY"])
        if deadly.exists() and deadly.read_bytes() in message:
            with Path(os.environ["DEATHS"]).open("a") as deaths:
                deaths.write(f"{os.getpid()}\n")
            os.kill(os.getpid(), signal.SIGKILL)
        return harmless(self, message)

    Encoding.body = body  # type: ignore[method-assign]
