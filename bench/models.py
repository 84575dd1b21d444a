"""The plain table as a Django model, for the DRF denominator."""

from django.db import models

from .data import COLUMNS, PLAIN_TABLE

_KINDS = {
    "uuid": models.UUIDField,
    "timestamptz": models.DateTimeField,
    "numeric": models.DecimalField,
    "bigint": models.BigIntegerField,
}


def _field(name: str, sql: str) -> models.Field:
    if "::uuid" in sql:
        return models.UUIDField()
    if "timestamptz" in sql:
        return models.DateTimeField(null=True)
    if "numeric" in sql:
        return models.DecimalField(max_digits=14, decimal_places=3)
    if name in {"version", "nominal_service_voltage_v"}:
        return models.BigIntegerField()
    return models.TextField()


class Meta:
    managed = False
    db_table = PLAIN_TABLE
    app_label = "bench"


PlainDer = type(
    "PlainDer",
    (models.Model,),
    {
        "__module__": __name__,
        "Meta": Meta,
        **{name: _field(name, sql) for name, sql in COLUMNS.items()},
    },
)
