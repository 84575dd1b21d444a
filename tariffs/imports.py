"""CA1: the tariff book, from its JSON file into tariffs and versions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from .models import Tariff, TariffVersion
from .rules import read_rules
from .rules.technologies import kinds_of
from .texts import sha256_of

CONTENT = ("rules", "pricing", "facts", "currency", "valid_from")
IN_COLUMNS = {
    "code",
    "version",
    "title",
    "utility",
    "summary",
    "technologies",
    "valid_from",
    "valid_to",
    "currency",
    "rules",
    "pricing",
    "terms_text",
}


class TariffBookError(ValueError):
    """The tariff book cannot be imported; the message names the tariff and what is wrong."""


class VersionChanged(TariffBookError):
    """The book says something else under a version that exists; it needs a new version."""


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    created: int
    changed: int
    unchanged: int


@transaction.atomic
def import_tariff_book(*, path: Path) -> Imported:
    """CA1: bring the tariff book in. Running it again changes nothing.

    Every rule is read first, so that a book with an error changes nothing either.
    """
    entries = _read(path)
    for entry in entries:
        read_rules(entry["rules"], tariff=entry["code"])
    outcomes = [_import_version(_import_tariff(entry), entry) for entry in entries]
    counts = {word: outcomes.count(word) for word in ("created", "changed", "unchanged")}
    return Imported(**counts)


def _read(path: Path) -> list[dict[str, Any]]:
    book = json.loads(path.read_text("utf-8"), parse_constant=_refuse)
    entries: list[dict[str, Any]] = book["tariffs"]
    for entry in entries:
        if lacking := sorted(IN_COLUMNS - set(entry)):
            raise TariffBookError(f"Tariff {entry.get('code')}: field {lacking[0]!r} is missing.")
    return entries


def _refuse(constant: str) -> None:
    raise TariffBookError(f"{constant} is not a number that a tariff can have.")


def _import_tariff(entry: Mapping[str, Any]) -> Tariff:
    sources = entry.get("source") or [{}]
    described = {
        "title": entry["title"],
        "utility": entry["utility"],
        "summary": entry["summary"],
        "technologies": sorted(kinds_of(entry["technologies"])),
        "source": "; ".join(source.get("text", "") for source in sources)[:300],
        "source_url": sources[0].get("url", ""),
    }
    tariff, _ = Tariff.objects.update_or_create(code=entry["code"], defaults=described)
    return tariff


def _import_version(tariff: Tariff, entry: Mapping[str, Any]) -> str:
    wanted = _columns(entry)
    version = (
        TariffVersion.objects.select_for_update()
        .filter(tariff=tariff, version=entry["version"])
        .first()
    )
    if version is None:
        TariffVersion.objects.create(tariff=tariff, version=entry["version"], **wanted)
        return "created"
    return _change(version, wanted)


def _columns(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "valid_from": _day(entry["valid_from"]),
        "valid_to": _day(entry["valid_to"]),
        "currency": entry["currency"],
        "rules": entry["rules"],
        "pricing": entry["pricing"] or {},
        "facts": {name: value for name, value in entry.items() if name not in IN_COLUMNS},
        "terms_text": entry["terms_text"],
        "terms_sha256": sha256_of(entry["terms_text"]),
    }


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _change(version: TariffVersion, wanted: Mapping[str, Any]) -> str:
    changed = [name for name, value in wanted.items() if getattr(version, name) != value]
    if not changed:
        return "unchanged"
    _refuse_change(version, changed)
    for name in changed:
        setattr(version, name, wanted[name])
    version.save(update_fields=changed)
    return "changed"


def _refuse_change(version: TariffVersion, changed: list[str]) -> None:
    """The text of a version never changes; the rest not after somebody accepted it."""
    name = f"Tariff {version.tariff.code}, version {version.version}"
    if "terms_text" in changed:
        raise VersionChanged(f"{name}: the terms differ. Give the new text a new version.")
    kept = [field for field in changed if field in CONTENT]
    if kept and version.agreements.exists():
        raise VersionChanged(
            f"{name}: {kept[0]} differs, but customers accepted it. Give it a new version."
        )
