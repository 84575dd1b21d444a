"""`python3 start.py`: everything the demo needs, watched until Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from derportal.embedded.process import (
    PROJECT,
    Child,
    StartError,
    first_free_port,
    try_lock,
    var_folder,
    write_secret,
)
from derportal.embedded.services import Services, child_environment, manage

STEPS = 6
PROGRAMS = ("web", "worker", "beat", "simulator")
HEALTHY_WITHIN_SECONDS = 90
LONGEST_PAUSE_SECONDS = 15
DEATHS_IN_A_ROW = 5
CALM_SECONDS = 60


@contextlib.contextmanager
def step(number: int, text: str) -> Iterator[None]:
    began = time.monotonic()
    print(f"{number}/{STEPS} {text} ... ", end="", flush=True)
    try:
        yield
    except BaseException:
        print("stopped", flush=True)
        raise
    print(f"done in {time.monotonic() - began:.1f} s", flush=True)


def run() -> int:
    """Start the demo and watch over it until it is told to stop."""
    var = var_folder()
    lock = try_lock(var / "run" / "start.lock")
    if lock is None:
        address = running_environment(var).get("BASE_URL", "another start is under way")
        raise StartError(
            f"derportal is already running from this folder ({address}). Stop that one first, "
            "with Ctrl-C."
        )
    demo = Demo(var)
    try:
        demo.start()
        demo.watch()
    except KeyboardInterrupt:
        print("\nStopping ...", flush=True)
    finally:
        demo.stop()
        os.close(lock)
    print("Stopped. The data is kept for the next start.", flush=True)
    return 0


def running_environment(var: Path) -> dict[str, str]:
    """The variables of the demo that runs from this folder now; empty when none does."""
    try:
        variables: dict[str, str] = json.loads((var / "run" / "environment.json").read_text())
    except (OSError, ValueError):
        return {}
    return variables


def wanted_port(variable: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise StartError(f"{variable} must be a port number between 1 and 65535, not {text!r}.")
    return int(text)


def choose_port(variable: str, default: int, *, taken: tuple[int, ...] = ()) -> int:
    wanted = wanted_port(variable, default)
    port = first_free_port(wanted, taken=taken)
    if port != wanted:
        print(
            f"    Port {wanted} is taken; using {port} instead ({variable} chooses another).",
            flush=True,
        )
    return port


class Demo:
    """The demo's processes, in the order they start."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.services = Services(var)
        self.programs: list[Child] = []
        self.env: dict[str, str] = {}
        self._deaths: dict[str, int] = {}
        self._restart_at: dict[str, float] = {}

    def start(self) -> None:
        # What a killed start left running would hold the ports and write to the database.
        for name in PROGRAMS:
            Child(name, [], var=self.var).end_earlier()
        web_port = choose_port("PORT", 8000)
        simulator_port = choose_port("SIMULATOR_PORT", 8010, taken=(web_port,))
        with step(2, "PostgreSQL"):
            database = self.services.start_database()
        with step(3, "Valkey"):
            broker = self.services.start_broker()
        variables = {
            "DERPORTAL_VAR": str(self.var),
            "DATABASE_URL": database,
            "REDIS_URL": broker,
            "BASE_URL": os.environ.get("BASE_URL") or f"http://127.0.0.1:{web_port}",
            "PORT": str(web_port),
            "SIMULATOR_PORT": str(simulator_port),
        }
        self.env = child_environment(**variables)
        with step(4, "Database tables and roles"):
            self._setup("migrate", "--verbosity=0")
            self._setup("setup_roles")
        with step(5, "Demo data"):
            self._setup("load_demo")
        with step(6, "Web server, worker, scheduler and DERMS simulator"):
            self._start_programs(web_port, simulator_port)
            self._wait_healthy(web_port)
        write_secret(self.var / "run" / "environment.json", json.dumps(variables))
        self._print_welcome()

    def _setup(self, *command: str) -> None:
        done = subprocess.run(
            manage(*command),
            cwd=PROJECT,
            env=self.env,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        with (self.var / "log" / "setup.log").open("a") as log:
            log.write(done.stdout + done.stderr)
        if done.returncode:
            tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
            raise StartError(f"`manage.py {' '.join(command)}` failed:\n{tail}")

    def _start_programs(self, web_port: int, simulator_port: int) -> None:
        (self.var / "beat").mkdir(exist_ok=True)
        python, celery = sys.executable, [sys.executable, "-m", "celery", "--app", "derportal"]
        listen = f"--listen=127.0.0.1:{web_port}"
        worker = [
            "--pool=threads",
            "--concurrency=4",
            "--without-gossip",
            "--without-mingle",
            "--loglevel=INFO",
        ]
        schedule = [
            "--schedule",
            str(self.var / "beat" / "schedule"),
            "--pidfile=",
            "--loglevel=INFO",
        ]
        commands = {
            "web": [python, "-m", "waitress", listen, "--threads=8", "derportal.wsgi:application"],
            "worker": [*celery, "worker", *worker],
            "beat": [*celery, "beat", *schedule],
            "simulator": manage("derms_simulator", "--port", str(simulator_port)),
        }
        for name, command in commands.items():
            program = Child(name, command, var=self.var, env=self.env)
            self.programs.append(program)
            program.start()

    def _wait_healthy(self, port: int) -> None:
        web, end = self.programs[0], time.monotonic() + HEALTHY_WITHIN_SECONDS
        while time.monotonic() < end:
            if not web.is_running():
                break
            if answers(f"http://127.0.0.1:{port}/healthz"):
                return
            time.sleep(0.1)
        raise StartError(f"The web server did not start. The end of {web.log}:\n{web.tail()}")

    def _print_welcome(self) -> None:
        logins = subprocess.run(
            manage("demo_logins"),
            cwd=PROJECT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        print(f"\nderportal is running at {self.env['BASE_URL']}\n\n{logins.stdout.rstrip()}\n")
        print(f"Logs: {self.var / 'log'}    Stop with Ctrl-C.", flush=True)

    def watch(self) -> None:
        """Restart what dies, with growing pauses; give up on what keeps dying."""
        while True:
            for child in [*self.services.children, *self.programs]:
                self._look_after(child)
            time.sleep(0.3)

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.name in self._restart_at:
            if now >= self._restart_at[child.name]:
                del self._restart_at[child.name]
                child.start()
        elif not child.is_running():
            self._report_death(child)
        elif now - child.started_at > CALM_SECONDS:
            self._deaths.pop(child.name, None)

    def _report_death(self, child: Child) -> None:
        deaths = self._deaths[child.name] = self._deaths.get(child.name, 0) + 1
        print(
            f"\n{child.name} ended unexpectedly (exit code {child.exit_code()}). The end of "
            f"{child.log}:",
            flush=True,
        )
        print(child.tail(), flush=True)
        if deaths >= DEATHS_IN_A_ROW:
            raise StartError(f"{child.name} ended {deaths} times in a row; giving up.")
        pause = min(2 ** (deaths - 1), LONGEST_PAUSE_SECONDS)
        print(f"Starting {child.name} again in {pause} s.", flush=True)
        self._restart_at[child.name] = time.monotonic() + pause

    def stop(self) -> None:
        """Last started, first stopped. The programs leave together; the slowest sets the time."""
        (self.var / "run" / "environment.json").unlink(missing_ok=True)
        deadline = time.monotonic() + 5
        for program in reversed(self.programs):
            program.ask_to_stop()
        for program in reversed(self.programs):
            program.wait_stopped(deadline)
        self.services.stop()


def answers(url: str) -> bool:
    # Straight to the machine itself: a proxy from the environment has no business here.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False
