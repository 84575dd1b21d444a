"""PostgreSQL, Valkey, web server and DERMS simulator of one run: all our own, all in one folder."""

import base64
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import psycopg
import redis
import requests

from derportal.embedded.postgres import Postgres
from derportal.embedded.process import Child, any_free_port
from derportal.embedded.services import child_environment
from derportal.embedded.valkey import Valkey

PATIENCE_S = 120


@dataclass
class Servers:
    """What runs. PostgreSQL writes to the disk for real: it is there to be crashed."""

    folder: Path
    postgres: Postgres
    valkey: Valkey
    simulator_url: str = ""
    web_url: str = ""
    children: list[Child] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """For whoever uses them."""
        return child_environment(
            DERPORTAL_VAR=str(self.folder),
            DATABASE_URL=self.postgres.url,
            REDIS_URL=self.valkey.url,
            LOG_LEVEL="ERROR",
        )

    def crash_database(self, while_down: Callable[[], None]) -> None:
        """An immediate stop: no checkpoint, no farewell. Then start it and let it recover."""
        child = self.postgres.child
        assert child is not None
        child.stop_signal = signal.SIGQUIT
        child.stop(PATIENCE_S)
        while_down()
        child.start()
        child.stop_signal = signal.SIGINT
        wait_until("PostgreSQL is back", self._is_database_up)

    def forget_all_bells(self) -> None:
        """FLUSHALL."""
        with redis.Redis.from_url(self.valkey.url) as client:
            client.flushall()

    def start_simulator(self, scripts: Mapping[str, str], seconds: float) -> None:
        """One endpoint for each script of faults; each takes some seconds to answer."""
        port = any_free_port()
        self.simulator_url = f"http://127.0.0.1:{port}"
        journal = str(self.folder / "journal")
        command = ["-m", "derms_simulator", "--port", str(port), "--journal", journal]
        for name, script in scripts.items():
            command += ["--endpoint", f"{name}={secret(name)}", "--faults", f"{name}={script}"]
        self._start("simulator", command, self.simulator_url)
        for name in scripts:
            requests.put(
                f"{self.simulator_url}/{name}/behavior",
                json={"mode": "slow", "seconds": seconds},
                timeout=PATIENCE_S,
            ).raise_for_status()

    def start_web(self) -> None:
        """The portal's own web server."""
        port = any_free_port()
        self.web_url = f"http://127.0.0.1:{port}"
        listen = f"--listen=127.0.0.1:{port}"
        command = ["-m", "waitress", listen, "--threads=4", "derportal.wsgi:application"]
        self._start("web", command, f"{self.web_url}/healthz")

    def _start(self, name: str, command: list[str], address: str) -> None:
        environment = self.environment | {"PYTHONWARNINGS": "ignore"}
        child = Child(name, [sys.executable, *command], var=self.folder, env=environment)
        child.start()
        self.children.append(child)
        wait_until(f"{name} answers", lambda: answers(address))

    def _is_database_up(self) -> bool:
        try:
            psycopg.connect(self.postgres.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """PostgreSQL and Valkey, from nothing; everything is gone afterwards."""
    for part in ("run", "log", "static"):
        (folder / part).mkdir(parents=True)
    both = Servers(folder, Postgres(folder), Valkey(folder))
    try:
        both.postgres.start()
        both.valkey.start()
        yield both
    finally:
        for child in reversed(both.children):
            child.stop()
        both.valkey.stop()
        both.postgres.destroy()


def secret(name: str) -> str:
    """The Standard Webhooks secret of an endpoint."""
    return "whsec_" + base64.b64encode(name.encode().ljust(32, b".")).decode()


def answers(address: str) -> bool:
    """Whether somebody listens there and is content."""
    try:
        return requests.get(address, timeout=5).ok
    except requests.RequestException:
        return False


def wait_until(what: str, is_true: Callable[[], object], seconds: float = PATIENCE_S) -> float:
    """Poll until it is true; returns how long that took."""
    began = monotonic()
    while not is_true():
        if monotonic() - began > seconds:
            raise TimeoutError(f"not within {seconds} s: {what}")
        sleep(0.05)
    return monotonic() - began
