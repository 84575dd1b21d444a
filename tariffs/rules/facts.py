"""What the rules may know of an application or of a DER in a group."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

NUMBERS = (
    "active_power_w",
    "storage_energy_wh",
    "export_limit_w",
    "aggregate_w",
    "added_w",
    "enrolled_w",
    "fossil_share",
)


@dataclass(frozen=True)
class ApplicationFacts:
    """The facts of one application, gathered by whoever asks (SR2, GF2).

    ``aggregate_w`` is the power of the provider's group that the DER would join, and None
    outside of a group. The fields after it are seldom known: a rule about a fact that is not
    known finds nothing, and the tariff's joining conditions say it in words.
    """

    customer_kind: str
    technologies: frozenset[str]
    active_power_w: Decimal
    storage_energy_wh: Decimal = Decimal(0)
    export_limit_w: Decimal | None = None
    all_units_certified: bool = False
    has_interval_meter: bool = False
    communication_protocol: str = ""
    existing_tariff_codes: frozenset[str] = frozenset()
    third_party: bool = False
    aggregate_w: Decimal | None = None
    phase_count: int = 1
    power_by_technology_w: Mapping[str, Decimal] = field(default_factory=dict)
    applied_on: date | None = None
    region: str = ""
    import_rate: str = ""
    battery_mode: str = ""
    added_w: Decimal | None = None
    enrolled_w: Decimal | None = None
    fossil_share: Decimal | None = None

    def __post_init__(self) -> None:
        for name in NUMBERS:
            value = getattr(self, name)
            if value is not None and not (value.is_finite() and value >= 0):
                raise ValueError(f"{name} must be a finite number, not below 0; it is {value}.")

    @property
    def parts(self) -> frozenset[str]:
        """The technologies, with a hybrid counted as the solar and the storage that it is."""
        hybrid = frozenset({"pv", "storage"}) if "pv_storage" in self.technologies else frozenset()
        return (self.technologies - {"pv_storage"}) | hybrid

    def power_of(self, kinds: frozenset[str]) -> Decimal:
        """Active power of some technologies; the whole DER where the split is not known."""
        if not self.power_by_technology_w:
            return self.active_power_w
        powers = self.power_by_technology_w.items()
        return sum((watts for kind, watts in powers if kind in kinds), Decimal(0))
