"""manage.py reseal_secrets"""

from typing import Any

from django.core.management.base import BaseCommand

from exchange.services import reseal_all


class Command(BaseCommand):
    """Seal every secret with the first of DERPORTAL_SEALING_KEYS."""

    help = "Seal all endpoint secrets with the first key, so that the older keys may go."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say how many."""
        self.stdout.write(f"The secrets of {reseal_all()} endpoints are sealed with the first key.")
