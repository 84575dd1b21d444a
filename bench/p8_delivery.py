"""P8, P8b: the outbox delivers, with signature, reply and record of each attempt, beside a bare
aiohttp loop with as many connections; and 20 endpoints of which one hangs beside 19 that do not."""

import subprocess
import sys

from bench.harness import ROOT, arguments, free_port, scratch_database


def main() -> None:
    asked = arguments(__doc__ or "", count=2_000)
    port = free_port()
    with scratch_database() as environment:
        receiver = subprocess.Popen(
            [sys.executable, "-m", "bench.receiver", str(port)], cwd=ROOT, env=environment
        )
        try:
            facts = map(str, (port, asked.count, asked.rounds))
            command = [sys.executable, "-m", "bench.deliver", *facts]
            subprocess.run(command, cwd=ROOT, env=environment, check=True)
        finally:
            receiver.terminate()
            receiver.wait(10)


if __name__ == "__main__":
    main()
