"""For which customers a tariff is."""

from dataclasses import dataclass

from .facts import ApplicationFacts
from .params import require_known
from .words import CUSTOMER_KINDS, named


@dataclass(frozen=True)
class Params:
    """CIM CustomerKind values."""

    kinds: tuple[str, ...]

    def __post_init__(self) -> None:
        require_known("kinds", self.kinds, CUSTOMER_KINDS)


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """The customer is of one of the kinds."""
    if facts.customer_kind in params.kinds:
        return []
    return [
        f"This tariff is for {named(params.kinds, CUSTOMER_KINDS, 'and')} customers; "
        f"you are a {named([facts.customer_kind], CUSTOMER_KINDS)} customer."
    ]
