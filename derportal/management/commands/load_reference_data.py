"""manage.py load_reference_data"""

from typing import Any

from django.core.management.base import BaseCommand

from derportal.reference import load_reference_data


class Command(BaseCommand):
    """Load the equipment list, the tariff book and the procedures that ship with derportal."""

    help = "Load certified equipment, tariff book and procedures (idempotent)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load everything; what is there already stays."""
        for line in load_reference_data():
            self.stdout.write(line)
