"""`python3 start.py test`: the static checks side by side, then pytest, on servers of their own."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from derportal.embedded.process import PROJECT, StartError, try_lock, var_folder
from derportal.embedded.services import Services, manage, run_in_foreground

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SLOTS = 9
CHECK_AT_ONCE = 3
# Whole files to each process, in the order of conftest.py: the long ones first.
PARALLEL = ("--dist", "loadfile", "--no-loadscope-reorder")


class Check(NamedTuple):
    """A command and the variables it needs beside those of the tests."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = {}


class Outcome(NamedTuple):
    """How a check ended."""

    name: str
    passed: bool
    output: str
    seconds: float


def run(arguments: Sequence[str]) -> int:
    """All checks and tests; with arguments, pytest with these arguments and nothing else."""
    var = test_folder(var_folder())
    services = Services(var, durable=False)
    try:
        env = services.start() | cache_folders(var.parent)
        failed = [] if arguments else run_static_checks(env)
        code = run_pytest(arguments, env)
    finally:
        services.destroy()
    if failed:
        print(f"NOT PASSED: {', '.join(failed)} (see above)", flush=True)
    return code or (1 if failed else 0)


def test_folder(var: Path) -> Path:
    """A folder of this run alone, so that several can go on at once.

    Its lock lasts as long as this process.
    """
    for slot in range(1, SLOTS + 1):
        folder = var / "test" / str(slot)
        for part in ("run", "log", "static"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        if try_lock(folder / "run" / "test.lock") is not None:
            return folder
    raise StartError(f"{SLOTS} test runs are already going on in this folder. Wait for one to end.")


def cache_folders(folder: Path) -> dict[str, str]:
    """Also in a project folder that cannot be written."""
    return {"MYPY_CACHE_DIR": str(folder / "mypy"), "RUFF_CACHE_DIR": str(folder / "ruff")}


def production_like() -> dict[str, str]:
    """What a production environment sets, for `check --deploy`."""
    return {
        "DERPORTAL_DEMO": "",
        "DEBUG": "",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "derportal.example",
        "CSRF_TRUSTED_ORIGINS": "https://derportal.example",
        "BASE_URL": "https://derportal.example",
        "BEHIND_TLS_PROXY": "1",
    }


def static_checks() -> list[Check]:
    python, scripts = sys.executable, Path(sys.executable).parent
    return [
        Check("ruff check", [python, "-m", "ruff", "check", "."]),
        Check("ruff format --check", [python, "-m", "ruff", "format", "--check", "."]),
        Check("mypy", [python, "-m", "mypy", "."]),
        Check("lint-imports", [str(scripts / "lint-imports"), "--no-cache"]),
        Check("makemigrations --check", manage("makemigrations", "--check", "--dry-run")),
        Check(
            "check --deploy",
            manage("check", "--deploy", "--fail-level", "WARNING"),
            production_like(),
        ),
    ]


def run_static_checks(env: Mapping[str, str]) -> list[str]:
    """Run them side by side, print them in order, return the names of those that failed."""
    failed = []
    with ThreadPoolExecutor(CHECK_AT_ONCE) as pool:
        for outcome in pool.map(lambda check: run_check(check, env), static_checks()):
            verdict = "passed" if outcome.passed else "FAILED"
            heading(f"{outcome.name}: {verdict} ({outcome.seconds:.1f} s)")
            if not outcome.passed:
                failed.append(outcome.name)
                print(outcome.output, flush=True)
    return failed


def run_check(check: Check, env: Mapping[str, str]) -> Outcome:
    began = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=PROJECT,
        env={**env, **check.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(check.name, done.returncode == 0, done.stdout, time.monotonic() - began)


def run_pytest(arguments: Sequence[str], env: dict[str, str]) -> int:
    heading("pytest")
    chosen = list(arguments) or [*PARALLEL, "-n", str(workers())]
    chromium = find_chromium()
    if chromium:
        env["CHROMIUM"] = chromium
    elif not arguments:
        chosen += without_browser()
    # A test may think for longer inside its transaction than a product's request may.
    env.setdefault("IDLE_IN_TRANSACTION_SECONDS", "0")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-o",
        f"cache_dir={env['DERPORTAL_VAR']}/pytest",
        *chosen,
    ]
    return run_in_foreground(command, env)


def workers() -> int:
    """Tests wait for the database about as much as they compute."""
    return max(2, min(8, 2 * (os.cpu_count() or 1)))


def find_chromium() -> str:
    chosen = os.environ.get("CHROMIUM", "")
    if chosen and not shutil.which(chosen):
        raise StartError(f"CHROMIUM is {chosen}, and there is no such program.")
    return next(
        (found for name in (chosen, *CHROMIUM_NAMES) if name and (found := shutil.which(name))), ""
    )


def without_browser() -> list[str]:
    """Leave the browser tests out, and say so; where nobody reads that (CI), refuse."""
    how = "Chromium is not installed (`apt install chromium`, or set CHROMIUM to its path)"
    if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
        raise StartError(f"{how}, and CI must run the browser tests.")
    print(f"NOTE: {how}: the browser tests are left out.", flush=True)
    return ["-m", "not browser"]


def heading(text: str) -> None:
    print(f"\n== {text} ==", flush=True)
