"""Reference data: the certified equipment list and the network model."""

import csv
import gzip
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from customers.selectors import usage_points_named
from customers.services import import_service_points

from ..models import Equipment, Feeder, NetworkConnection, Substation, Transformer

DATA = Path(__file__).resolve().parent.parent / "data"
CEC_LIST = "CEC certified inverters"


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file, gzipped or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def import_equipment(*, path: Path, source_list: str) -> int:
    """Load a certified list; running it again adds what is new. Returns how many are listed."""
    rows = [_equipment(row, source_list) for row in rows_of(path)]
    Equipment.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return Equipment.objects.filter(source_list=source_list).count()


def _equipment(row: dict[str, str], source_list: str) -> Equipment:
    return Equipment(
        source_list=source_list,
        source_key=row.get("source_key") or f"{row['manufacturer']} {_model(row)}",
        kind="pv" if row.get("type") == "solar_inverter" else "storage",
        manufacturer=row["manufacturer"],
        model=_model(row),
        certification=row.get("certification", ""),
        listed_on=row.get("listed_on") or None,
        active_power_max_rating_w=_number(row, "active_power_max_rating_w"),
        apparent_power_max_rating_va=_number(row, "apparent_power_max_rating_va"),
        active_power_charge_max_rating_w=_number(row, "active_power_charge_max_rating_w"),
        energy_capacity_wh=_number(row, "usable_energy_wh"),
        ac_voltage_nominal_rating_v=_number(row, "ac_voltage_nominal_rating_v"),
    )


def _model(row: dict[str, str]) -> str:
    """The model, with the market it is sold in where the list says so: ratings differ."""
    market = row.get("market")
    return f"{row['model']} ({market})" if market else row["model"]


def _number(row: dict[str, str], name: str) -> Any:
    text = row.get(name, "")
    return Decimal(text) if text else None


@transaction.atomic
def import_network(*, folder: Path) -> int:
    """Load substations, feeders, transformers and service points.

    Running it again changes nothing. Returns how many service points hang on the network.
    """
    _substations(folder)
    _feeders(folder)
    _transformers(folder)
    rows = list(rows_of(folder / "service_points.csv"))
    import_service_points(rows=rows)
    _connections(rows)
    return NetworkConnection.objects.count()


def _substations(folder: Path) -> None:
    Substation.objects.bulk_create(
        [
            Substation(name=row["name"], nominal_voltage_v=int(row["nominal_voltage_v"]))
            for row in rows_of(folder / "substations.csv")
        ],
        ignore_conflicts=True,
    )


def _feeders(folder: Path) -> None:
    substations = Substation.objects.in_bulk(field_name="name")
    Feeder.objects.bulk_create(
        [
            Feeder(
                name=row["name"],
                substation=substations[row["substation"]],
                nominal_voltage_v=int(row["nominal_voltage_v"]),
                peak_load_w=round(float(row["peak_load_kw"]) * 1000),
                minimum_load_w=round(float(row["minimum_load_kw"]) * 1000),
                max_fault_current_a=int(row["max_fault_current_a"]),
            )
            for row in rows_of(folder / "feeders.csv")
        ],
        ignore_conflicts=True,
    )


def _transformers(folder: Path) -> None:
    feeders = Feeder.objects.in_bulk(field_name="name")
    Transformer.objects.bulk_create(
        [
            Transformer(
                name=row["name"],
                feeder=feeders[row["feeder"]],
                rating_va=round(float(row["rating_kva"]) * 1000),
                secondary_voltage_v=int(row["secondary_voltage_v"]),
            )
            for row in rows_of(folder / "transformers.csv")
        ],
        ignore_conflicts=True,
    )


def _connections(rows: list[dict[str, str]]) -> None:
    transformers = Transformer.objects.in_bulk(field_name="name")
    points = usage_points_named([row["name"] for row in rows])
    NetworkConnection.objects.bulk_create(
        [
            NetworkConnection(
                usage_point=points[row["name"]], transformer=transformers[row["transformer"]]
            )
            for row in rows
        ],
        ignore_conflicts=True,
    )
