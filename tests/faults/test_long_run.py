"""F1, F7, F9, F10: the long run, made short. ``python -m tests.faults.long`` is the real one."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from derportal.embedded.postgres import find_binaries
from derportal.embedded.process import StartError
from derportal.embedded.valkey import find_server

SHORT = (
    *("--notices", "120", "--endpoints", "5"),
    *("--kills", "2", "--restarts", "1", "--flushes", "1"),
    *("--lease", "3", "--moving-within", "120"),
)


def are_servers_here() -> bool:
    """PostgreSQL is crashed, so it must be one of our own."""
    try:
        find_binaries()
        find_server()
    except StartError:
        return False
    return True


@pytest.mark.delivery
@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.skipif(not are_servers_here(), reason="no PostgreSQL or Valkey to start and crash")
def test_the_short_fault_run_keeps_every_promise() -> None:
    ours = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.long", "--seed", "7", *SHORT],
        cwd=settings.BASE_DIR,
        env={name: value for name, value in os.environ.items() if name not in ours},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
