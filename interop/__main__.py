"""``python -m interop portal --url …`` and ``python -m interop derms --url …``"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from derms_simulator.sending.credentials import WAYS
from derms_simulator.sending.portal import Portal, PortalAway, portal_from
from interop.junit import failures, junit
from interop.listening import listening
from interop.messages import OTHER_CERTIFICATE, THE_DER, THE_LISTENER, Builder
from interop.peers import DermsPeer, PortalPeer
from interop.procedure import ROLES, SIDES, Procedure, ProcedureWrong, load
from interop.report import report
from interop.running import Run, run

_EPILOG = """Credentials come from the environment. For a portal: PORTAL_TOKEN; PORTAL_CLIENT_ID and
PORTAL_CLIENT_SECRET (scopes message:send and der:read); PORTAL_ENDPOINT (the endpoint's mRID) with
PORTAL_SECRET, to sign, or with PORTAL_CERTIFICATE and PORTAL_KEY (files), to show a client
certificate. For a DERMS: DERMS_SECRET, the Standard Webhooks secret. The exit code is 0 if no
procedure failed, 1 if one did, 2 if the kit could not run."""


class CannotRun(Exception):
    """Something is missing; the text says what."""


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="interop", description="Run interoperability procedures.", epilog=_EPILOG
    )
    sides = "; ".join(f"{side}: {what}" for side, what in SIDES.items())
    parser.add_argument("side", choices=list(SIDES), help=sides)
    parser.add_argument("--url", help="the portal (https://host), or the DERMS's message address")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="run these only")
    parser.add_argument("--list", action="store_true", help="name the procedures and stop")
    parser.add_argument("--html", type=Path, help="write the report there")
    parser.add_argument("--junit", type=Path, help="write JUnit XML there")
    parser.add_argument(
        "--role", choices=list(ROLES), default="derms", help="whose procedures (derms)"
    )
    parser.add_argument(
        "--given",
        action="append",
        default=[],
        type=_given,
        metavar="NAME=VALUE",
        help="what a procedure needs, such as “the DER=mRID” (else the first that can be read);"
        " without it the procedure is skipped",
    )
    parser.add_argument(
        "--authentication", choices=WAYS, help="portal: how to prove who sends (the first given)"
    )
    parser.add_argument(
        "--listen",
        default="",
        metavar="HOST:PORT",
        help="portal: where replies that come later arrive; the endpoint's registered address"
        " leads there",
    )
    parser.add_argument("--source", default="", help="Header/Source (DERMS: derportal)")
    parser.add_argument("--context", default="", help="Header/Context (DERMS: TESTING)")
    parser.add_argument("--sequence", type=int, default=1, help="DERMS: the first Sequence")
    return parser.parse_args(words)


def _given(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not (name.strip() and equals and value.strip()):
        raise argparse.ArgumentTypeError("write NAME=VALUE")
    return name.strip(), value.strip()


def main(words: Sequence[str] | None = None) -> int:
    """Run, tell, write the reports, and say by the exit code how it went."""
    given = arguments(words)
    try:
        procedures = _chosen(given)
        if given.list:
            _list(procedures)
            return 0
        done = _done(given, procedures)
    except (CannotRun, ProcedureWrong, PortalAway, OSError, ValueError) as error:
        print(f"interop: {error}", file=sys.stderr)
        return 2
    _tell(done)
    if given.html:
        given.html.write_text(report([done]), encoding="utf-8")
    if given.junit:
        given.junit.write_bytes(junit([done]))
    return 1 if done.count("failed") else 0


def _chosen(given: argparse.Namespace) -> list[Procedure]:
    procedures = [each for each in load(given.side) if given.list or each.role == given.role]
    unknown = sorted(set(given.only) - {each.id for each in procedures})
    if unknown:
        raise CannotRun(f"--only: there is no procedure {unknown[0]}")
    return [each for each in procedures if not given.only or each.id in given.only]


def _list(procedures: list[Procedure]) -> None:
    for each in procedures:
        needs = f" (needs {', '.join(each.needs)})" if each.needs else ""
        rows = ", ".join(each.rows)
        print(f"{each.id:28} {each.role:16} {rows:24} {each.name}{needs}")


def _done(given: argparse.Namespace, procedures: list[Procedure]) -> Run:
    if not given.url:
        raise CannotRun("--url is missing")
    if given.side == "portal":
        portal = portal_from(given.url)
        if given.authentication:
            portal.use(portal.credentials.by(given.authentication))
        if not portal.credentials.used:
            raise CannotRun("no credentials for the portal in the environment; see --help")
        known = _known(given, portal)
        known[f"a {portal.credentials.used}"] = "yes"
        return _with_portal(given, procedures, portal, known)
    secret = os.environ.get("DERMS_SECRET", "")
    if not secret:
        raise CannotRun("DERMS_SECRET is missing in the environment")
    builder = Builder(given.context or "TESTING", given.source or "derportal")
    builder.sequence = given.sequence - 1
    return run("derms", given.url, procedures, DermsPeer(given.url, secret), builder)


def _with_portal(
    given: argparse.Namespace, procedures: list[Procedure], portal: Portal, known: dict[str, str]
) -> Run:
    other = known.get(OTHER_CERTIFICATE, "")
    identity = Path(other).read_text(encoding="ascii") if other else ""
    with listening(given.listen) if given.listen else nullcontext() as listener:
        known |= {THE_LISTENER: given.listen} if listener else {}
        builder = Builder(given.context, given.source, known)
        peer = PortalPeer(portal, identity, listener)
        return run("portal", given.url, procedures, peer, builder)


def _known(given: argparse.Namespace, portal: Portal) -> dict[str, str]:
    """What was given, and the first DER that the portal lets us read unless one was."""
    known = dict(given.given)
    if THE_DER in known or not portal.may_read:
        return known
    answered = portal.get("/api/v1/der/?limit=1")
    if answered.status != 200:
        raise CannotRun(f"no DER can be read (HTTP {answered.status}); use --given “the DER=mRID”")
    items = json.loads(answered.text)["items"]
    return {THE_DER: str(items[0]["mrid"]), **known} if items else known


def _tell(done: Run) -> None:
    for outcome in done.outcomes:
        print(f"{outcome.word:8} {outcome.procedure.id:28} {outcome.procedure.name}")
        for sentence in failures(outcome):
            print(f"         {sentence}")
    words = ", ".join(f"{done.count(word)} {word}" for word in ("passed", "failed", "skipped"))
    print(f"{len(done.outcomes)} procedures: {words}")


if __name__ == "__main__":
    sys.exit(main())
