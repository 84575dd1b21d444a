"""P5, P17: a poll that finds nothing new, at full size and at 10,000 DER; 304 against an empty
view; and what authentication costs."""

import json
from statistics import median
from time import monotonic

from .harness import Bench, arguments, compare, quantile, running, seconds, spread, verdict

POLLS = 600
PATIENCE_S = 120


def newest_cursor(bench: Bench) -> str:
    """The cursor after every DER; the feed waits for transactions of the server's other users."""
    wire, cursor, count = bench.wire, "", 0
    until = monotonic() + PATIENCE_S
    while count < bench.count and monotonic() < until:
        query = f"&cursor={cursor}" if cursor else ""
        body = json.loads(bench.get(wire, f"/api/v1/der/changes/?limit=1000{query}")[1])
        cursor, count = body["cursor"], count + len(body["items"])
    assert count == bench.count, f"the feed told {count}"
    return cursor


def poll_s(bench: Bench, cursor: str, status: int) -> list[float]:
    headers = {"If-None-Match": f'"{cursor}"'} if status == 304 else {}
    wire, times = bench.wire, []
    for _ in range(POLLS):
        answers: list[tuple[int, bytes]] = []
        path = f"/api/v1/der/changes/?cursor={cursor}"
        times.append(seconds(lambda: answers.append(bench.get(wire, path, **headers))))  # noqa: B023
        assert answers[0][0] == status
    return times


def empty_s(bench: Bench, path: str) -> list[float]:
    wire = bench.wire
    return [seconds(lambda: bench.get(wire, path)) for _ in range(POLLS)]


def main() -> None:
    options = arguments(__doc__)
    with running(options.count, options.rounds) as bench, running(10_000, 1) as small:
        large, little = newest_cursor(bench), newest_cursor(small)
        p99 = compare(
            bench.rounds,
            lambda: quantile(poll_s(small, little, 200), 0.99),
            lambda: quantile(poll_s(bench, large, 200), 0.99),
        )
        p50 = compare(
            bench.rounds,
            lambda: median(poll_s(small, little, 200)),
            lambda: median(poll_s(bench, large, 200)),
        )
        same = compare(
            bench.rounds,
            lambda: median(poll_s(bench, large, 304)),
            lambda: median(empty_s(bench, "/bench/empty/")),
        )
        anonymous, known = zip(
            *(
                [
                    median(empty_s(bench, f"/bench/empty-{who}/")) * 1000
                    for who in ("for-anybody", "with-token")
                ]
                for _ in range(bench.rounds)
            ),
            strict=True,
        )
        polls = poll_s(bench, large, 304)
        print(f"304: p50 {median(polls) * 1000:.2f} ms, p99 {quantile(polls, 0.99) * 1000:.2f} ms")
        print(f"empty API view p50: anybody {spread(anonymous)} ms; with token {spread(known)} ms")
        print(f"P5 p99 {bench.count:,} / 10,000: {spread(p99)}; p50: {spread(p50)}")
        print(f"P5 304 as a share of the empty view's rate: {spread(same)}")
        verdict("P5 p99, nothing new", median(p99), 1.2, at_most=True)
        verdict("P5 304 rate against the empty view", median(same), 0.4)
        verdict("P17 token ms", median(known) - median(anonymous), 0.3, at_most=True)


if __name__ == "__main__":
    main()
