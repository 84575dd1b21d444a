"""P3: a page of 500 against DRF ModelSerializer + CursorPagination on the same server."""

import json
from statistics import median

from .harness import Bench, arguments, compare, quantile, running, seconds, spread, verdict

PAGES = 40


def product(bench: Bench) -> list[float]:
    return _pages(bench, "/api/v1/der/?limit=500", "items")


def drf(bench: Bench) -> list[float]:
    return _pages(bench, "/bench/drf/?limit=500", "results")


def _pages(bench: Bench, path: str, key: str) -> list[float]:
    wire, times = bench.wire, []
    for turn in range(PAGES if key == "items" else PAGES // 4):
        answers: list[tuple[int, bytes]] = []
        times.append(seconds(lambda: answers.append(bench.get(wire, path))))  # noqa: B023
        if turn == 0:
            assert answers[0][0] == 200, answers
            assert len(json.loads(answers[0][1])[key]) == 500
    return times


def main() -> None:
    options = arguments(__doc__)
    with running(options.count, options.rounds) as bench:
        ratios = compare(bench.rounds, lambda: median(product(bench)), lambda: median(drf(bench)))
        ours, theirs = product(bench), drf(bench)
        for name, times in (("product", ours), ("DRF", theirs)):
            print(f"{name}: {500 / median(times):,.0f} DER/s, p50 {median(times) * 1000:.2f} ms, "
                  f"p99 {quantile(times, 0.99) * 1000:.2f} ms")  # fmt: skip
        print(f"P3 product / DRF: {spread(ratios)}")
        verdict("P3 rows/s against DRF", median(ratios), 10)
        verdict("P3 p50 as a share of DRF's", 1 / median(ratios), 0.12, at_most=True)


if __name__ == "__main__":
    main()
