"""By when to apply for which start."""

from dataclasses import dataclass

from .facts import ApplicationFacts
from .params import RuleError


@dataclass(frozen=True)
class Params:
    """Pairs of “apply_by” and “starts”, each as MM-DD."""

    deadlines: tuple[dict[str, str], ...]

    def __post_init__(self) -> None:
        for deadline in self.deadlines:
            if set(deadline) != {"apply_by", "starts"}:
                raise RuleError("field 'deadlines' takes pairs of apply_by and starts")


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """Nothing to find: one can always apply, for the next start."""
    return []
