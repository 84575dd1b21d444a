"""``python -m tests.faults.long --seed 1``: everything in the house breaks, nothing is lost.

Starts servers of its own, so it needs no database, and stops them. Exit code 0 if all is met.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from time import monotonic

import django
from django.core.management import call_command

from derportal.embedded.process import StartError

from .servers import servers

WIDE = {"slots": 4, "concurrency": 2}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.faults.long", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--notices", type=int, default=2000)
    parser.add_argument("--endpoints", type=int, default=10)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--restarts", type=int, default=2)
    parser.add_argument("--flushes", type=int, default=2)
    parser.add_argument("--moving-within", type=float, default=15, metavar="SECONDS")
    parser.add_argument("--lease", type=int, default=10, metavar="SECONDS")
    parser.add_argument(
        "--wide", action="store_true",
        help="workers of four slots, endpoints that take two messages at once; else one and one",
    )  # fmt: skip
    return parser.parse_args()


def main() -> int:
    given, began = arguments(), monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            code = _run(given, Path(folder))
        except StartError as problem:
            print(problem, file=sys.stderr)
            return 2
    print(f"\n{monotonic() - began:.0f} s")
    return code


def _run(given: argparse.Namespace, folder: Path) -> int:
    with servers(folder / "var") as started:
        os.environ.update(started.environment, EXCHANGE_LEASE_SECONDS=str(given.lease))
        django.setup()
        call_command("migrate", verbosity=0)
        from tests.faults.workers import Crew

        from .check import findings, logs, table
        from .run import Plan, prepared

        plan = Plan(
            seed=given.seed,
            notices=given.notices,
            endpoints=given.endpoints,
            kills=given.kills,
            restarts=given.restarts,
            flushes=given.flushes,
            moving_within_s=given.moving_within,
            **(WIDE if given.wide else {}),
        )
        crew = Crew(started.folder, 0, plan.options)
        try:
            run = prepared(plan, started, crew)
            run.play()
            arrived = logs(run)
            found = findings(run, arrived)
        finally:
            crew.kill(*crew.running)
    print(table(run, arrived, found))
    return 0 if all(each.is_met for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
