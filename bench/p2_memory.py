"""P2: memory of the web worker while it exports, and the time to the first byte."""

import threading
import time
from statistics import median

from .harness import Bench, arguments, running, spread, verdict


def export(bench: Bench) -> tuple[float, float]:
    """Milliseconds to the first byte, and the highest growth in MB."""
    idle, peak, stop = bench.memory_mb(), [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.005):
            peak[0] = max(peak[0], bench.memory_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    wire = bench.wire
    began = time.perf_counter()
    wire.request("GET", "/api/v1/der/export/", headers={"Authorization": f"Bearer {bench.token}"})
    answer = wire.getresponse()
    lines = answer.read(1).count(b"\n")
    first_ms = (time.perf_counter() - began) * 1000
    while chunk := answer.read(1 << 18):
        lines += chunk.count(b"\n")
    stop.set()
    watcher.join()
    assert lines == bench.count
    return first_ms, peak[0] - idle


def main() -> None:
    options = arguments(__doc__)
    growth = {}
    for count in (max(1, options.count // 10), options.count):
        with running(count, options.rounds) as bench:
            bench.get(bench.wire, "/api/v1/der/?limit=1")
            first = export(bench)
            again = [export(bench) for _ in range(bench.rounds)]
            growth[count] = first[1]
            later = spread([mb for _, mb in again])
            print(f"{count:,} DER: first export grew {first[1]:.1f} MB, later ones {later} MB")
            print(f"idle {bench.memory_mb():.0f} MB")
            print(f"first byte {spread([ms for ms, _ in again])} ms")
            verdict("P2 growth MB", first[1], 20, at_most=True)
            verdict("P2 first byte ms", median([ms for ms, _ in again]), 50, at_most=True)
    small, large = growth.values()
    verdict("P2 growth, ten times the rows", (large + 1) / (small + 1), 1.2, at_most=True)


if __name__ == "__main__":
    main()
