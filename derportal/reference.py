"""The reference data that ships with derportal."""

from collections.abc import Iterator

from django.conf import settings

from enrollment.services import import_procedures
from registry.services import import_equipment
from tariffs.services import import_tariff_book

CEC_LIST = "CEC certified inverters (SAM 2018-11-11)"


def load_reference_data() -> Iterator[str]:
    """Load equipment, tariffs and procedures; says what is there afterwards. Idempotent."""
    base = settings.BASE_DIR
    data = base / "registry" / "data"
    listed = import_equipment(path=data / "equipment_cec_inverters.csv.gz", source_list=CEC_LIST)
    yield f"{listed} certified inverters"
    batteries = import_equipment(
        path=data / "equipment_batteries.csv", source_list="Battery data sheets"
    )
    yield f"{batteries} batteries"
    book = import_tariff_book(path=base / "tariffs" / "data" / "tariff_book.json")
    yield f"{book.created + book.changed + book.unchanged} tariff versions"
    procedures = import_procedures(
        path=base / "enrollment" / "data" / "procedures.json", default=settings.DEFAULT_PROCEDURE
    )
    yield f"{procedures} interconnection procedures"
