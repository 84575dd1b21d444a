"""F3, F4: real workers, ten endpoints. Two drip their answers: what rate do the eight others keep?
One was away and has a backlog: how soon is it told, and how late are the others meanwhile?"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from bench.harness import ROOT, arguments, free_port, scratch_database

CELERY = (sys.executable, "-m", "celery", "--quiet", "-A", "derportal")
# As the administrator's guide starts it.
WORKER = ("worker", "--pool", "threads", "-c", "8", "--without-gossip", "--without-mingle")
REDIS_DATABASE = 11


def main() -> None:
    asked = arguments(__doc__ or "", count=5_000)
    port = free_port()
    with scratch_database() as environment, TemporaryDirectory() as folder, ExitStack() as stack:
        redis = urlsplit(environment.get("REDIS_URL") or "redis://127.0.0.1:6379")
        environment["REDIS_URL"] = f"{redis.scheme}://{redis.netloc}/{REDIS_DATABASE}"
        python = [sys.executable, "-m"]
        subprocess.run(
            [*python, "django", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True
        )
        beat = ["beat", "-s", f"{folder}/schedule", "--pidfile", ""]
        stack.enter_context(_running([*python, "bench.receiver", str(port)], environment))
        stack.enter_context(_running([*CELERY, *beat, "-l", "ERROR"], environment))
        stack.enter_context(_running([*CELERY, *WORKER, "-l", "ERROR"], environment))
        facts = map(str, (port, asked.count, asked.rounds))
        command = [*python, "bench.tell", *facts]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield
    finally:
        process.kill()
        process.wait(10)


if __name__ == "__main__":
    main()
