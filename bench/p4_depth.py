"""P4: the last page against the first, and a page at full size against a page at 10,000 DER."""

import json
from statistics import median

from exchange.cursors import encode_place

from .harness import Bench, arguments, compare, running, seconds, spread, verdict


def last_place(bench: Bench) -> str:
    """The ``after`` of the last full page, from the database, as the API would give it."""
    with bench.connect() as connection:
        (number,) = connection.execute(
            "SELECT listing_number FROM exchange_publication "
            "ORDER BY listing_number DESC OFFSET 500 LIMIT 1"
        ).fetchone()
    return encode_place(number)


def page_s(bench: Bench, query: str) -> float:
    wire, times = bench.wire, []
    for _ in range(60):
        answers: list[tuple[int, bytes]] = []
        path = f"/api/v1/der/?limit=500{query}"
        times.append(seconds(lambda: answers.append(bench.get(wire, path))))  # noqa: B023
    assert len(json.loads(answers[0][1])["items"]) == 500
    return median(times)


def main() -> None:
    options = arguments(__doc__)
    with running(options.count, options.rounds) as bench, running(10_000, 1) as small:
        depth = compare(
            bench.rounds,
            lambda: page_s(bench, ""),
            lambda: page_s(bench, f"&after={last_place(bench)}"),
        )
        size = compare(bench.rounds, lambda: page_s(small, ""), lambda: page_s(bench, ""))
        state = compare(
            bench.rounds,
            lambda: page_s(small, "&state=active"),
            lambda: page_s(bench, "&state=active"),
        )
        print(f"P4 last / first page: {spread(depth)}")
        print(
            f"P4 {bench.count:,} / 10,000 DER: {spread(size)}; with state=active: {spread(state)}"
        )
        verdict("P4 last / first page p50", median(depth), 1.15, at_most=True)
        verdict("P4 large / small p50", median(size), 1.15, at_most=True)


if __name__ == "__main__":
    main()
