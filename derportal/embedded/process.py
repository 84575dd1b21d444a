"""Child processes that can always be found again.

Each child holds a lock file open for as long as it lives. The kernel releases the lock, so a
crash leaves nothing stale: whoever starts next knows for certain whether an earlier child is
still there, and no process id is ever mistaken for ours.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parent.parent.parent
LOG_LIMIT_BYTES = 5_000_000


class StartError(Exception):
    """Something the user can put right; the text says what."""


class Account(NamedTuple):
    """The user a child runs as, when that is not us."""

    uid: int
    gid: int
    name: str


def var_folder() -> Path:
    """Where this installation keeps its data, logs and lock files; made on first use."""
    chosen = os.environ.get("DERPORTAL_VAR")
    folder = Path(chosen).expanduser().resolve() if chosen else PROJECT / "var"
    try:
        for part in ("run", "log", "static"):
            (folder / part).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(
            f"Cannot write to {folder} ({error.strerror}). Set DERPORTAL_VAR to a folder that "
            "can be written."
        ) from None
    return folder


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return not is_listening(port)


def any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def first_free_port(wanted: int, *, taken: Sequence[int] = ()) -> int:
    for port in range(wanted, min(wanted + 200, 65536)):
        if port not in taken and is_free(port):
            return port
    raise StartError(f"No free port between {wanted} and {wanted + 199} on 127.0.0.1.")


def try_lock(path: Path) -> int | None:
    """The open, locked file, or None when a living process holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)


class Child:
    """One child process with its log, its lock and the signal it likes to be stopped with."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        var: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path = PROJECT,
        stop_signal: signal.Signals = signal.SIGTERM,
        account: Account | None = None,
    ) -> None:
        self.name, self.command, self.cwd = name, list(command), cwd
        self.env, self.stop_signal, self.account = dict(env or os.environ), stop_signal, account
        self.log = var / "log" / f"{name}.log"
        self.lock = var / "run" / f"{name}.lock"
        self.started_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        lock = self._own_lock()
        _rotate(self.log)
        try:
            with self.log.open("ab") as log:
                self._process = self._popen(log.fileno(), lock)
            os.truncate(lock, 0)
            os.pwrite(lock, str(self._process.pid).encode(), 0)
        finally:
            os.close(lock)
        self.started_at = time.monotonic()

    def _popen(self, log: int, lock: int) -> subprocess.Popen[bytes]:
        account = self.account
        return subprocess.Popen(
            self.command,
            cwd=self.cwd,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[lock],
            # Ctrl-C reaches the whole terminal group; we stop the children ourselves, in order.
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )

    def end_earlier(self) -> None:
        """End what an earlier, killed start left running under this name."""
        os.close(self._own_lock())

    def _own_lock(self) -> int:
        """Take the lock.

        When a child of an earlier, killed start holds it, end that child first.
        """
        for end_with in (self.stop_signal, signal.SIGKILL):
            if (lock := try_lock(self.lock)) is not None:
                return lock
            with contextlib.suppress(ValueError, ProcessLookupError):
                os.kill(int(self.lock.read_text()), end_with)
            for lock in _poll_lock(self.lock, seconds=6):
                return lock
        raise StartError(
            f"An earlier {self.name} process is still running and cannot be ended ({self.lock})."
        )

    def exit_code(self) -> int | None:
        return self._process.poll() if self._process else None

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ask_to_stop(self) -> None:
        if self._process and self.is_running():
            self._process.send_signal(self.stop_signal)

    def wait_stopped(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic), then end it the hard way."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def stop(self, seconds: float = 8) -> None:
        self.ask_to_stop()
        self.wait_stopped(time.monotonic() + seconds)

    def tail(self, lines: int = 12) -> str:
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def _poll_lock(path: Path, *, seconds: float) -> Iterator[int]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (lock := try_lock(path)) is not None:
            yield lock
            return
        time.sleep(0.05)


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
