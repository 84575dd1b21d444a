"""The technology codes of the tariff book, in words and in DER kinds."""

from collections.abc import Iterable

from .words import KIND_NAMES, listed

TECHNOLOGY_KINDS: dict[str, tuple[str, frozenset[str]]] = {
    **{kind: (name, frozenset({kind})) for kind, name in KIND_NAMES.items()},
    "solar": ("solar", frozenset({"pv"})),
    "hydro": ("hydro", frozenset()),
    "other_renewable": ("other renewable generation", frozenset()),
    "renewable": ("renewable generation", frozenset({"pv", "wind"})),
    "ev_supply_equipment": ("EV chargers", frozenset({"evse"})),
    "load": ("load", frozenset()),
    "fossil_generator": ("fossil-fueled generators", frozenset({"reciprocating_engine"})),
}


def kinds_of(codes: Iterable[str]) -> frozenset[str]:
    """The DER kinds that the codes stand for; solar and storage together take the hybrid too."""
    kinds = frozenset().union(*(TECHNOLOGY_KINDS[code][1] for code in codes))
    return kinds | {"pv_storage"} if kinds >= {"pv", "storage"} else kinds


def in_words(codes: Iterable[str], last: str = "and") -> str:
    """The codes as a customer reads them, in the order of the tariff book."""
    return listed((TECHNOLOGY_KINDS[code][0] for code in codes), last)
