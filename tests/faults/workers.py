"""Celery workers of our own to kill: real processes on the test's database.

They use another Redis database than the tests, so that it can be flushed and nobody else's
bells are heard.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote, urlsplit

import redis
from django.conf import settings
from django.db import connection

from derportal.health import HEARTBEAT_KEY

CELERY = (sys.executable, "-m", "celery", "--quiet", "-A")
WORKER = ("worker", "--without-gossip", "--without-mingle", "--without-heartbeat")


def database_url() -> str:
    """The test's database as DATABASE_URL."""
    facts = connection.settings_dict
    user, password = quote(facts["USER"] or ""), quote(facts["PASSWORD"] or "")
    login = f"{user}:{password}@" if password else f"{user}@"
    return f"postgresql://{login}{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"


@dataclass
class Crew:
    """Beat and workers, of two processes each if nothing else is said.

    They have a Redis database to themselves. ``variables`` are for the workers' environment,
    ``app`` is the module of the Celery application.
    """

    folder: Path
    redis_database: int
    options: tuple[str, ...] = ("-c", "2")
    variables: dict[str, str] = field(default_factory=dict)
    app: str = "derportal"
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def redis_url(self) -> str:
        """The server of REDIS_URL, another database."""
        return urlsplit(settings.REDIS_URL)._replace(path=f"/{self.redis_database}").geturl()

    def forget_all_bells(self) -> None:
        """Redis loses everything: queue, outstanding bells, unacknowledged tasks, heartbeat."""
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushdb()

    def start(self, *names: str) -> None:
        """Start "beat", or a worker by any other name (again)."""
        schedule = str(self.folder / "schedule")
        beat = ("beat", "-s", schedule, "--pidfile", "")
        addresses = {"DATABASE_URL": database_url(), "REDIS_URL": self.redis_url}
        for name in names:
            how = beat if name == "beat" else (*WORKER, "-n", f"{name}@%h", *self.options)
            variables = {} if name == "beat" else self.variables
            with self.log(name).open("ab") as log:
                self.running[name] = subprocess.Popen(
                    [*CELERY, self.app, *how, "-l", "WARNING"],
                    cwd=settings.BASE_DIR,
                    env=os.environ | addresses | variables,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def log(self, name: str) -> Path:
        """What it printed, from its first start on."""
        return self.folder / f"{name}.log"

    def wait_until_ready(self) -> None:
        """Until the worker says that it is alive. A busy machine takes its time to start one."""
        with redis.Redis.from_url(self.redis_url) as client:
            wait_for("a heartbeat", lambda: client.exists(HEARTBEAT_KEY), seconds=60)

    def freeze(self, name: str) -> subprocess.Popen[bytes]:
        """SIGSTOP it between two transactions; returns it, to be thawed later."""
        wait_for("a pause between transactions", lambda: self._is_frozen(name), seconds=10)
        return self.running.pop(name)

    def _is_frozen(self, name: str) -> bool:
        self.signal(name, signal.SIGSTOP)
        if is_nobody_in_transaction():
            return True
        self.signal(name, signal.SIGCONT)
        return False

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to the process and to all that it forked."""
        os.killpg(self.running[name].pid, number)

    def kill(self, *names: str) -> None:
        """SIGKILL: no process has time for a last word."""
        for name in names:
            self.signal(name, signal.SIGKILL)
            self.running.pop(name).wait(timeout=10)

    def end(self, name: str) -> int:
        """SIGTERM to the parent alone, as a service manager does it; its exit code."""
        process = self.running.pop(name)
        process.terminate()
        return process.wait(timeout=60)

    def stop(self) -> None:
        """At the end of the test."""
        self.kill(*self.running)
        self.forget_all_bells()


def is_nobody_in_transaction() -> bool:
    """Whether no other connection to the test's database has a transaction open."""
    sql = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return bool(cursor.fetchone() == (0,))


def wait_for(what: str, is_true: Callable[[], object], *, seconds: float) -> float:
    """Poll until it is true; returns how long that took."""
    began = monotonic()
    while not is_true():
        assert monotonic() - began < seconds, f"not within {seconds} s: {what}"
        sleep(0.05)
    return monotonic() - began
