"""The numbers of application references."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("enrollment", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(
            "CREATE SEQUENCE enrollment_reference", "DROP SEQUENCE enrollment_reference"
        )
    ]
