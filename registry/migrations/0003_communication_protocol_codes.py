"""Communication protocols become codes. Rows held the name, which pages and the REST API go on
showing: the document that a DERMS reads keeps its value, and no publication changes."""

from typing import Any, ClassVar

from django.db import migrations, models

CODES = {
    "IEEE 2030.5": "ieee_2030_5",
    "CSIP-AUS": "csip_aus",
    "SunSpec Modbus": "sunspec_modbus",
    "DNP3": "dnp3",
}


def to_codes(apps: Any, schema_editor: Any) -> None:
    """A name that no form ever offered is for a person to correct, so it stops here."""
    der = apps.get_model("registry", "Der")
    rows = der.objects.exclude(communication_protocol="")
    strange = rows.exclude(communication_protocol__in=CODES).values_list("mrid", flat=True)
    if strange:
        found = ", ".join(str(mrid) for mrid in strange[:20])
        raise ValueError(
            f"communication_protocol of DER {found} is none of {', '.join(CODES)}: correct it first."
        )
    for name, code in CODES.items():
        rows.filter(communication_protocol=name).update(communication_protocol=code)


def to_names(apps: Any, schema_editor: Any) -> None:
    """The names again."""
    der = apps.get_model("registry", "Der")
    for name, code in CODES.items():
        der.objects.filter(communication_protocol=code).update(communication_protocol=name)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("registry", "0002_search_words")]

    operations: ClassVar = [
        migrations.RunPython(to_codes, to_names),
        migrations.AlterField(
            model_name="der",
            name="communication_protocol",
            field=models.CharField(
                blank=True,
                choices=[
                    ("ieee_2030_5", "IEEE 2030.5"),
                    ("csip_aus", "CSIP-AUS"),
                    ("sunspec_modbus", "SunSpec Modbus"),
                    ("dnp3", "DNP3"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="der",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    communication_protocol__in=[
                        "",
                        "ieee_2030_5",
                        "csip_aus",
                        "sunspec_modbus",
                        "dnp3",
                    ]
                ),
                name="der_communication_protocol",
            ),
        ),
    ]
