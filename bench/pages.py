"""Staff pages with 10,000 requests against 100: a page must not know how many there are."""

from contextlib import ExitStack
from statistics import median

from bench.harness import Bench, arguments, running, seconds, spread, verdict

PAGES = (
    "/queue/?tab=all",
    "/queue/?tab=all&q=SR-2026",  # every request has it
    "/queue/?tab=all&q=000042",  # one has it
    "/queue/?tab=engineering&overdue=1",
    "/queue/?tab=engineering&claimed=nobody",
    "/queue/SR-2026-000042/",
    "/upgrades/",
)


def page_s(bench: Bench, path: str, tries: int = 10) -> float:
    """Median seconds of a page, signed in as an engineer."""
    wire = bench.wire

    def once() -> None:
        wire.request("GET", path, headers={"Cookie": f"sessionid={bench.token}"})
        answer = wire.getresponse()
        assert answer.status == 200, (path, answer.status)
        assert b"</html>" in answer.read()

    return median(seconds(once) for _ in range(tries))


def main() -> None:
    asked = arguments(__doc__, count=10_000)
    with ExitStack() as stack:
        small = stack.enter_context(running(100, asked.rounds, "bench.fill_pages"))
        large = stack.enter_context(running(asked.count, asked.rounds, "bench.fill_pages"))
        for path in PAGES:
            pairs = [(page_s(large, path), page_s(small, path)) for _ in range(asked.rounds)]
            ratios = [many / few for many, few in pairs]
            print(f"{path}: {spread([many * 1000 for many, _ in pairs])} ms, {spread(ratios)} x")
            verdict(f"{path} {asked.count:,} / 100", median(ratios), 1.25, at_most=True)


if __name__ == "__main__":
    main()
