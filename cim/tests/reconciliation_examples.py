"""Both ends of a reconciliation by message; examples.py makes them golden."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from cim import errors
from cim.envelope import Error, Id, ReplyResult, Request, Verb
from cim.messages import build_query, build_reply, build_request, read
from cim.profiles import reconciliations
from cim.profiles.reconciliations import (
    Difference,
    DifferenceKind,
    Known,
    Part,
    Reconciliation,
)

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MESSAGE_ID = UUID("0b8f3f0a-55a4-4d0b-9d3e-0a6c8f1f1001")
CORRELATION_ID = UUID("0b8f3f0a-55a4-4d0b-9d3e-0a6c8f1f2002")
REPLY_ID = UUID("0b8f3f0a-55a4-4d0b-9d3e-0a6c8f1f3003")
FIRST, SECOND = "5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c01", "5f1d8b1e-8f5d-4a55-9a43-2f6f3a2b7c02"


def _digest(*lines: str) -> str:
    return sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


DIGEST = Reconciliation(
    count=2,
    prefix="5f",
    sha256=_digest(f"{FIRST} 3", f"{SECOND} 1"),
    parts=(
        Part(count=1, prefix="5f0", sha256=_digest(f"{FIRST} 3")),
        Part(count=1, prefix="5f1", sha256=_digest(f"{SECOND} 1")),
    ),
)
LIST = Reconciliation(prefix="5f", known=(Known(mrid=FIRST, version=2),))
DIFFERENCES = Reconciliation(
    comparison=17,
    difference_count=2,
    matching_count=0,
    prefix="5f",
    differences=(
        Difference(kind=DifferenceKind.OUTDATED, mrid=FIRST, our_version=3, their_version=2),
        Difference(kind=DifferenceKind.MISSING, mrid=SECOND, our_version=1),
    ),
)


def digest_query() -> bytes:
    """The digest of the slice 5f is asked for."""
    return build_query(
        "Reconciliations",
        message_id=MESSAGE_ID,
        correlation_id=CORRELATION_ID,
        timestamp=NOON,
        source="DERMS",
        context="TESTING",
        request=Request(options=(("prefix", "5f"),)),
    )


def comparison_request() -> bytes:
    """A list to compare."""
    return build_request(
        "Reconciliations",
        Verb.CREATE,
        reconciliations.to_element([LIST]),
        message_id=MESSAGE_ID,
        correlation_id=CORRELATION_ID,
        timestamp=NOON,
        source="DERMS",
        context="TESTING",
    )


def _answer(asked: bytes, found: Reconciliation, *ids: Id) -> bytes:
    return build_reply(
        read(asked),
        message_id=REPLY_ID,
        timestamp=NOON,
        source="derportal",
        result=ReplyResult.OK,
        errors=[Error(code=errors.OK)],
        ids=ids,
        payload_element=reconciliations.to_element([found]),
    )


MESSAGES: dict[str, Callable[[], bytes]] = {
    "get_reconciliations_request": digest_query,
    "get_reconciliations_response": lambda: _answer(digest_query(), DIGEST),
    "create_reconciliations": comparison_request,
    "create_reconciliations_response": lambda: _answer(
        comparison_request(), DIFFERENCES, Id("17", kind="transaction")
    ),
}
