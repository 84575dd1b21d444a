"""A procedure names screens that exist."""

from typing import ClassVar

from django.db import migrations, models

import enrollment.models.procedures


class Migration(migrations.Migration):
    dependencies: ClassVar = [("enrollment", "0003_search_words")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="procedure",
            name="screen_set",
            field=models.CharField(
                max_length=60,
                validators=[enrollment.models.procedures.require_known_screens],
            ),
        ),
    ]
