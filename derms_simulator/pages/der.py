"""One DER as an endpoint believes it, and the words for it in the registry's table."""

from html import escape
from typing import Any
from urllib.parse import quote

from derms_simulator.pages.frame import chip, facts, kilo, page
from derms_simulator.state import Endpoint

Der = dict[str, Any]
HEADS = ("DER", "State", "Version", "Nameplate", "Connectivity", "Export limit", "Tariff")
_TITLES = (
    ("_rating_wh", " (Wh)"),
    ("_wh", " (Wh)"),
    ("_rating_var", " (var)"),
    ("_rating_va", " (VA)"),
    ("_rating_w", " (W)"),
    ("_rating_v", " (V)"),
    ("_w", " (W)"),
    ("_v", " (V)"),
)


def row(endpoint: str, der: Der) -> list[str]:
    """A line of the registry."""
    known = der["facts"] or {}
    target = f"/{endpoint}/ders/{quote(der['mrid'], safe='')}"
    limit = kilo(known.get("export_limit_w"), "W")
    tariff = (der["linkage"] or {}).get("pricing_structure") or {}
    return [
        f'<a href="{escape(target)}">{escape(name_of(der))}</a>',
        chip(state_of(der)),
        "" if der["version"] is None else str(der["version"]),
        "<br>".join(escape(_unit(each)) for each in known.get("units", ())),
        escape(" / ".join(_place(known))),
        limit,
        escape(tariff.get("name", "")),
    ]


def name_of(der: Der) -> str:
    names = [name["name"] for name in (der["facts"] or {}).get("names", ())]
    return names[0] if names else str(der["mrid"])


def state_of(der: Der) -> str:
    if der["is_deleted"]:
        return "deleted"
    return str((der["facts"] or {}).get("lifecycle_state") or "unknown")


def der(endpoint: Endpoint, told: Der) -> str:
    """The page of one DER."""
    known, linkage = told["facts"] or {}, told["linkage"] or {}
    name = name_of(told)
    place = known.get("connectivity") or {}
    units = "\n".join(_unit_section(each) for each in known.get("units", ()))
    body = (
        f"<h1>{escape(name)}</h1>\n"
        f"<p>{chip(state_of(told))} as /{escape(endpoint.name)} knows it</p>\n"
        f"<section><h2>Record</h2>{facts(_record(told, known))}</section>\n"
        f"<section><h2>Connectivity</h2>{facts(_named(place))}</section>\n"
        f"<section><h2>Agreement and tariff</h2>{facts(_named(linkage))}</section>\n{units}"
    )
    return page(name, body)


def _record(told: Der, known: Der) -> list[tuple[str, object]]:
    rest = {
        name: value for name, value in known.items() if not isinstance(value, dict | list | tuple)
    }
    return [
        ("mRID", told["mrid"]),
        ("Version", told["version"]),
        ("Sequence", told["sequence"]),
        *((_title(name), value) for name, value in rest.items() if name not in ("mrid", "version")),
    ]


def _named(known: Der) -> list[tuple[str, object]]:
    return [
        (_title(name), _reference(value) if isinstance(value, dict) else value)
        for name, value in known.items()
    ]


def _reference(value: Der) -> str:
    return " ".join(str(part) for part in (value.get("name"), value.get("mrid")) if part)


def _unit_section(unit: Der) -> str:
    pairs = [
        (_title(name), ", ".join(map(str, value)) if isinstance(value, list | tuple) else value)
        for name, value in unit.items()
        if not isinstance(value, dict)
    ]
    return f"<section><h2>{escape(_unit(unit))}</h2>{facts(pairs)}</section>"


def _unit(unit: Der) -> str:
    parts = [
        f"{unit.get('quantity', 1)} x {unit.get('type', '')}",
        " ".join(filter(None, (unit.get("manufacturer"), unit.get("model")))),
        kilo(unit.get("active_power_max_rating_w"), "W"),
        kilo(unit.get("energy_capacity_wh"), "Wh"),
    ]
    return ", ".join(part for part in parts if part)


def _place(known: Der) -> list[str]:
    place = known.get("connectivity") or {}
    parts = [
        place.get(each) or {} for each in ("substation", "feeder", "transformer", "usage_point")
    ]
    return [part["name"] for part in parts if part.get("name")]


def _title(name: str) -> str:
    for end, unit in _TITLES:
        if name.endswith(end):
            return _words(name.removesuffix(end)) + unit
    return _words(name)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize().replace("mrid", "mRID").replace("Der ", "DER ")
