"""Whether the utility or an aggregator must be able to reach the DER."""

from dataclasses import dataclass

from .facts import ApplicationFacts
from .words import listed


@dataclass(frozen=True)
class Params:
    """The protocols that will do; None means that any will."""

    protocols: tuple[str, ...] | None = None


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """A protocol was named, and it is one of those that will do."""
    given, wanted = facts.communication_protocol, params.protocols
    if given and (wanted is None or given.casefold() in {word.casefold() for word in wanted}):
        return []
    by = f" by {listed(wanted)}" if wanted else ""
    yours = f"yours uses {given}" if given else "you have not named a protocol"
    return [f"This tariff requires communication with your DER{by}; {yours}."]


def to_verify(params: Params) -> list[tuple[str, str]]:
    """What the crew checks on site: questions with the expected answer (SR7)."""
    by = (
        f"By {listed(params.protocols)}"
        if params.protocols
        else "By the protocol of the application"
    )
    return [("Communication with the DER works", by)]
