"""What the screens may know of a request and of the network it would connect to."""

from dataclasses import asdict, dataclass, fields
from decimal import Decimal

Number = Decimal | int | None


@dataclass(frozen=True)
class ScreenFacts:
    """The inputs of every screen. None is “not known”, never 0.

    Aggregates are of the DER that is there or was asked for before, without this one.
    The fields after ``tariff_code`` are not in the registry; screens that need one of them
    are INCONCLUSIVE until an engineer supplies it.
    """

    der_apparent_power_va: Number = None
    der_active_power_w: Number = None
    export_limit_w: Number = None
    is_certified: bool | None = None
    has_inverter: bool | None = None
    phase_code: str | None = None
    nominal_service_voltage_v: Number = None
    rated_current_a: Number = None
    transformer_rating_va: Number = None
    aggregate_on_transformer_va: Number = None
    feeder_peak_load_w: Number = None
    feeder_minimum_load_w: Number = None
    aggregate_on_feeder_w: Number = None
    aggregate_on_feeder_va: Number = None
    max_fault_current_a: Number = None
    feeder_nominal_voltage_v: Number = None
    tariff_code: str | None = None
    der_nominal_voltage_v: Number = None
    fault_contribution_pu: Number = None
    interrupting_duty_share: Number = None
    lowest_ica_w: Number = None
    is_effectively_grounded: bool | None = None
    is_networked_secondary: bool | None = None
    is_transmission_dependent: bool | None = None
    needs_construction: bool | None = None
    is_power_quality_acceptable: bool | None = None
    is_safe_and_reliable: bool | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            _refuse_odd(field.name, getattr(self, field.name))

    def as_json(self) -> dict[str, str | bool | None]:
        """Every input as it was, for the record; numbers as text, so that none is rounded."""
        return {name: as_text(value) for name, value in asdict(self).items()}


def _refuse_odd(name: str, value: object) -> None:
    if isinstance(value, float):
        raise TypeError(f"{name} must be a Decimal or an int, not a float.")
    if isinstance(value, Decimal | int) and not (Decimal(value).is_finite() and value >= 0):
        raise ValueError(f"{name} must be a finite number, not below 0.")


def as_text(value: Decimal | int | str | None) -> str | bool | None:
    """Numbers as plain digits, everything else as it is."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        return value
    return f"{Decimal(value).normalize():f}"


APPLICANT, UTILITY = "applicant", "utility"
SUPPLIERS: dict[str, tuple[str, str]] = {
    "der_apparent_power_va": ("maximum apparent power of the DER (VA)", APPLICANT),
    "der_active_power_w": ("maximum active power of the DER (W)", APPLICANT),
    "export_limit_w": ("export limit (W)", APPLICANT),
    "is_certified": ("certification of every unit", APPLICANT),
    "has_inverter": ("whether the DER connects by inverter", APPLICANT),
    "phase_code": ("phases of the service point", UTILITY),
    "nominal_service_voltage_v": ("nominal voltage of the service point (V)", UTILITY),
    "rated_current_a": ("service size (A)", UTILITY),
    "transformer_rating_va": ("rating of the service transformer (VA)", UTILITY),
    "aggregate_on_transformer_va": ("other DER on the service transformer (VA)", UTILITY),
    "feeder_peak_load_w": ("peak load of the feeder (W)", UTILITY),
    "feeder_minimum_load_w": ("minimum load of the feeder (W)", UTILITY),
    "aggregate_on_feeder_w": ("active power of other DER on the feeder (W)", UTILITY),
    "aggregate_on_feeder_va": ("apparent power of other DER on the feeder (VA)", UTILITY),
    "max_fault_current_a": ("maximum fault current of the feeder (A)", UTILITY),
    "feeder_nominal_voltage_v": ("nominal voltage of the feeder (V)", UTILITY),
    "tariff_code": ("tariff that was chosen", APPLICANT),
    "der_nominal_voltage_v": ("nominal AC voltage of the units (V)", APPLICANT),
    "fault_contribution_pu": ("fault current of the DER (per unit of its rating)", APPLICANT),
    "interrupting_duty_share": ("duty of the most loaded protective device (share)", UTILITY),
    "lowest_ica_w": ("lowest value of both integration capacity profiles (W)", UTILITY),
    "is_effectively_grounded": ("whether the DER is effectively grounded", APPLICANT),
    "is_networked_secondary": ("whether the service is on a networked secondary", UTILITY),
    "is_transmission_dependent": ("whether the area has known stability limits", UTILITY),
    "needs_construction": ("whether the utility must build something", UTILITY),
    "is_power_quality_acceptable": ("study of voltage, flicker and harmonics", UTILITY),
    "is_safe_and_reliable": ("the engineer's determination", UTILITY),
    "threshold": ("the limit, a setting of the utility", UTILITY),
}
