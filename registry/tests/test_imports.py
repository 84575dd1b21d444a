"""The lists that ship with derportal come in whole: no row is lost."""

from pathlib import Path

import pytest
from django.conf import settings

from registry.services import import_equipment
from registry.services.imports import rows_of

DATA = settings.BASE_DIR / "registry" / "data"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["equipment_cec_inverters.csv.gz", "equipment_batteries.csv"])
def test_every_row_of_a_list_is_imported(name: str) -> None:
    path: Path = DATA / name
    rows = sum(1 for _ in rows_of(path))
    assert import_equipment(path=path, source_list=f"test {name}") == rows
    assert import_equipment(path=path, source_list=f"test {name}") == rows
