"""``python -m derms_simulator --port 8010 --endpoint dso=SECRET --journal DIR`` serves;
``python -m derms_simulator send --portal URL --template NAME`` sends one message."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from derms_simulator.behavior import Script, script_from_text
from derms_simulator.running import HOST, run
from derms_simulator.sending import command


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
    parser.add_argument(
        "--portal",
        default="",
        metavar="URL",
        help="the portal that the page sends to; credentials come from the environment as for"
        " “send”, with _PATH at the end of a name for one endpoint",
    )
    parser.add_argument(
        "--faults",
        action="append",
        default=[],
        type=_faults,
        metavar="PATH=SCRIPT",
        help='faults of an endpoint as JSON, or @FILE: {"requests": {"3": {"mode": "cut"}},'
        ' "random": {"rate": 0.1, "seed": 7, "faults": [{"mode": "drop"}]}}',
    )
    return parser.parse_args(words)


def _faults(word: str) -> tuple[str, Script]:
    name, equals, text = word.partition("=")
    if not (name and equals and text):
        raise argparse.ArgumentTypeError("write PATH=JSON or PATH=@FILE")
    try:
        return name, script_from_text(Path(text[1:]).read_text() if text[0] == "@" else text)
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"not a script: {error}") from error


def _endpoint(word: str) -> tuple[str, str]:
    name, equals, secret = word.partition("=")
    if not (name and equals and secret):
        raise argparse.ArgumentTypeError("write PATH=SECRET")
    return name, secret


def main(words: Sequence[str] | None = None) -> int:
    """Serve, or send one message."""
    told = sys.argv[1:] if words is None else list(words)
    if told[:1] == ["send"]:
        return command.main(told[1:])
    given = arguments(told)
    endpoints = dict(given.endpoint)
    scripts = dict(given.faults)
    unknown = sorted(set(scripts) - set(endpoints))
    if unknown:
        print(f"--faults: there is no endpoint {unknown[0]}", file=sys.stderr)
        return 2
    with suppress(KeyboardInterrupt):
        run(
            given.port,
            endpoints,
            given.journal,
            given.host,
            portal_url=given.portal,
            scripts=scripts,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
