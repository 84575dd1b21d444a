"""manage.py load_demo"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from derportal.demo.load import load_demo


class Command(BaseCommand):
    """Fill an empty portal with the Alder Valley demo; a second run changes nothing."""

    help = "Load the demo territory, its people and applications (idempotent)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the demo; refuses outside of it, because its passwords are public."""
        if not settings.DEMO:
            raise CommandError("load_demo only runs with DERPORTAL_DEMO=1: its logins are public.")
        for line in load_demo(at=timezone.now()):
            self.stdout.write(line)
