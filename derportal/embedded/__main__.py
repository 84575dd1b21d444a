"""What `start.py` hands over to, inside the virtual environment."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from derportal.embedded import checks, demo
from derportal.embedded.process import StartError, try_lock, var_folder
from derportal.embedded.services import Services, child_environment, manage, run_in_foreground

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str]) -> int:
    """`run` (or nothing), `test ...`, or any `manage.py` command."""
    for number in STOP_SIGNALS:
        signal.signal(number, _stop)
    try:
        if not arguments or list(arguments) == ["run"]:
            return demo.run()
        if arguments[0] == "test":
            return checks.run(arguments[1:])
        return run_command(arguments)
    except StartError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def _stop(number: int, frame: FrameType | None) -> None:
    """However we are told to end, we end in order; told twice, the second time changes nothing."""
    for told in STOP_SIGNALS:
        signal.signal(told, signal.SIG_IGN)
    raise KeyboardInterrupt


def run_command(arguments: Sequence[str]) -> int:
    """A `manage.py` command on the running demo's servers, or on our own while it lasts."""
    var = var_folder()
    lock = try_lock(var / "run" / "start.lock")
    if lock is None:
        variables = demo.running_environment(var)
        if not variables:
            raise StartError(
                "The demo in this folder is just starting or stopping. Try again in a moment."
            )
        return run_in_foreground(manage(*arguments), child_environment(**variables))
    services = Services(var)
    try:
        return run_in_foreground(manage(*arguments), services.start())
    finally:
        services.stop()
        os.close(lock)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
