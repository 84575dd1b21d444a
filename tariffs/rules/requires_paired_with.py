"""Which technology needs another one beside it."""

from dataclasses import dataclass

from .facts import ApplicationFacts
from .params import require_known
from .technologies import TECHNOLOGY_KINDS, in_words, kinds_of


@dataclass(frozen=True)
class Params:
    """If the DER has ``technology``, it must also have one of ``with_any_of``."""

    technology: str
    with_any_of: tuple[str, ...]

    def __post_init__(self) -> None:
        require_known("technology", [self.technology], TECHNOLOGY_KINDS)
        require_known("with_any_of", self.with_any_of, TECHNOLOGY_KINDS)


def check(params: Params, facts: ApplicationFacts) -> list[str]:
    """A hybrid counts as the solar and the storage that it is."""
    if not facts.parts & kinds_of([params.technology]):
        return []
    if facts.parts & kinds_of(params.with_any_of):
        return []
    return [
        f"This tariff takes {in_words([params.technology])} only together with "
        f"{in_words(params.with_any_of, 'or')}; yours has none."
    ]
