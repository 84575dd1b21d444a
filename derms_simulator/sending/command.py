"""``python -m derms_simulator send``: one message to a portal, its answer to the terminal."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cim.xml import XmlRefused, pretty
from derms_simulator.sending.credentials import WAYS
from derms_simulator.sending.later import with_later_reply
from derms_simulator.sending.portal import BINDINGS, PortalAway, portal_from
from derms_simulator.sending.templates import TEMPLATES, filled

_EPILOG = """Credentials come from the environment: PORTAL_TOKEN; or PORTAL_CLIENT_ID and
PORTAL_CLIENT_SECRET; or PORTAL_ENDPOINT (the endpoint's mRID) with PORTAL_SECRET, to sign; or with
PORTAL_CERTIFICATE and PORTAL_KEY (files), to show a client certificate. The exit code is 0 if the
portal answered OK, 1 if it answered anything else, 2 if it did not answer."""


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="derms_simulator send", description="Send one message to a portal.", epilog=_EPILOG
    )
    parser.add_argument("--portal", required=True, help="its address, such as https://…")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--template", choices=list(TEMPLATES), help="a message to fill in")
    what.add_argument("--file", type=Path, help="a message in a file")
    parser.add_argument("--mrid", default="", help="mRID of the object, for --template")
    parser.add_argument("--binding", choices=BINDINGS, default="http")
    parser.add_argument("--authentication", choices=WAYS, help="else the first that is given")
    parser.add_argument(
        "--later", action="store_true", help="the reply is to come later (AsyncReplyFlag)"
    )
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Send, print, and say how it went."""
    given = arguments(words)
    try:
        body = (
            given.file.read_bytes() if given.file else filled(given.template, given.mrid).encode()
        )
        portal = portal_from(given.portal)
        if given.authentication:
            portal.use(portal.credentials.by(given.authentication))
        sent = with_later_reply(body) if given.later else body
        answered = portal.send(sent, given.binding)
    except (PortalAway, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"HTTP {answered.status} {answered.result} {answered.summary}".rstrip())
    try:
        print(pretty(answered.text.encode()))
    except XmlRefused:
        print(answered.text)
    return 0 if answered.result == "OK" else 1
