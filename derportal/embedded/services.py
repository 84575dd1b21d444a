"""The database and the broker: the ones the environment names, else our own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from derportal.embedded.postgres import Postgres
from derportal.embedded.process import PROJECT, Child
from derportal.embedded.valkey import Valkey

GRACE_SECONDS = 5


class Services:
    """Starts what is missing, remembers what it started, stops it in reverse order."""

    def __init__(self, var: Path, *, durable: bool = True) -> None:
        self.var = var
        self._postgres = None if os.environ.get("DATABASE_URL") else Postgres(var, durable=durable)
        self._valkey = None if os.environ.get("REDIS_URL") else Valkey(var)

    def start_database(self) -> str:
        """The address of the database: the given one, or the embedded one, started."""
        return self._postgres.start() if self._postgres else os.environ["DATABASE_URL"]

    def start_broker(self) -> str:
        """The address of the broker: the given one, or the embedded one, started."""
        return self._valkey.start() if self._valkey else os.environ["REDIS_URL"]

    def start(self) -> dict[str, str]:
        """Start both. Returns the environment for whoever uses them."""
        return child_environment(
            DERPORTAL_VAR=str(self.var),
            DATABASE_URL=self.start_database(),
            REDIS_URL=self.start_broker(),
        )

    @property
    def children(self) -> list[Child]:
        """The servers that were started here."""
        servers = [self._postgres, self._valkey]
        return [server.child for server in servers if server and server.child]

    def stop(self) -> None:
        """Stop them and keep the data."""
        if self._valkey:
            self._valkey.stop(1)
        if self._postgres:
            self._postgres.stop(4)

    def destroy(self) -> None:
        """Stop them and remove the data."""
        self.stop()
        if self._postgres:
            self._postgres.destroy()


def child_environment(**variables: str) -> dict[str, str]:
    """Our environment and these variables, for a child that runs the demo's or the tests' code."""
    fixed = {
        "DERPORTAL_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "derportal.settings",
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **fixed, **variables}


def manage(*arguments: str) -> list[str]:
    """The command line of a `manage.py` command."""
    return [sys.executable, "manage.py", *arguments]


def run_in_foreground(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run a command that owns the terminal.

    Ctrl-C is for it (a shell, pytest); we only wait for it to end.
    """
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with subprocess.Popen(command, cwd=PROJECT, env=env) as process:
            return _wait_and_pass_on(process)
    finally:
        signal.signal(signal.SIGINT, before)


def _wait_and_pass_on(process: subprocess.Popen[bytes]) -> int:
    """Told to end while we wait, we let the command tidy up after itself first."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        process.kill()
        raise
