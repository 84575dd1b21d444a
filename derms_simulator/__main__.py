"""``python -m derms_simulator --port 8010 --endpoint dso=SECRET --journal DIR``"""

import argparse
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from derms_simulator.running import HOST, run


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="derms_simulator", description="A DERMS in the box.")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--host", default=HOST, help="address to listen on")
    parser.add_argument(
        "--endpoint",
        action="append",
        required=True,
        type=_endpoint,
        metavar="PATH=SECRET",
        help="a path and its Standard Webhooks secret (base64, with or without whsec_)",
    )
    parser.add_argument("--journal", type=Path, required=True, help="folder that keeps the picture")
    return parser.parse_args(words)


def _endpoint(word: str) -> tuple[str, str]:
    name, equals, secret = word.partition("=")
    if not (name and equals and secret):
        raise argparse.ArgumentTypeError("write PATH=SECRET")
    return name, secret


def main(words: Sequence[str] | None = None) -> None:
    given = arguments(words)
    with suppress(KeyboardInterrupt):
        run(given.port, dict(given.endpoint), given.journal, given.host)


if __name__ == "__main__":
    main()
