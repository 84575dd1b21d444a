"""Numbers and names in the words of the findings."""

from collections.abc import Iterable
from decimal import Decimal

KIND_NAMES = {
    "pv": "solar",
    "storage": "battery storage",
    "pv_storage": "solar with battery storage on one inverter",
    "evse": "EV chargers",
    "wind": "wind",
    "chp": "combined heat and power",
    "fuel_cell": "fuel cells",
    "reciprocating_engine": "reciprocating engines",
}
CUSTOMER_KINDS = {
    "residential": "residential",
    "commercialIndustrial": "commercial or industrial",
    "residentialFarmService": "farm",
}


def power(watts: Decimal) -> str:
    """612000 W as “612 kW”; nothing is rounded away."""
    for factor, unit in ((1_000_000, "MW"), (1_000, "kW")):
        if abs(watts) >= factor:
            return f"{plain(watts / factor)} {unit}"
    return f"{plain(watts)} W"


def plain(number: Decimal) -> str:
    """Without trailing zeros or an exponent: 612.500 as “612.5”."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def listed(words: Iterable[str], last: str = "or") -> str:
    """“a”, “a or b”, “a, b or c”."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def named(codes: Iterable[str], names: dict[str, str], last: str = "or") -> str:
    """Codes in words, in a stable order; an unknown code stands for itself."""
    return listed((names.get(code, code) for code in sorted(codes)), last)
