"""Limits in watts, for the whole DER or for each phase of the service."""

from dataclasses import dataclass
from decimal import Decimal

from .params import RuleError
from .words import power


@dataclass(frozen=True)
class Limits:
    """Inclusive limits; None is no limit. The stricter of whole and per phase counts."""

    min_w: Decimal | None = None
    max_w: Decimal | None = None
    min_w_per_phase: Decimal | None = None
    max_w_per_phase: Decimal | None = None

    def __post_init__(self) -> None:
        for low, high in (("min_w", "max_w"), ("min_w_per_phase", "max_w_per_phase")):
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                raise RuleError(f"field {low!r} ({least}) is above {high!r} ({most})")

    def least(self, phases: int) -> Decimal | None:
        """The lower limit for a service with so many phases."""
        return max(self._both(self.min_w, self.min_w_per_phase, phases), default=None)

    def most(self, phases: int) -> Decimal | None:
        """The upper limit for a service with so many phases."""
        return min(self._both(self.max_w, self.max_w_per_phase, phases), default=None)

    def most_in_words(self, phases: int) -> str:
        """The upper limit, and how it comes about."""
        most = self.most(phases)
        if most is None:
            return "any power"
        if self.max_w_per_phase is None or most == self.max_w:
            return power(most)
        return f"{power(most)} ({power(self.max_w_per_phase)} per phase)"

    @staticmethod
    def _both(whole: Decimal | None, per_phase: Decimal | None, phases: int) -> list[Decimal]:
        scaled = None if per_phase is None else per_phase * phases
        return [limit for limit in (whole, scaled) if limit is not None]
