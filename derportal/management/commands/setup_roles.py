"""manage.py setup_roles"""

from typing import Any

from django.core.management.base import BaseCommand

from derportal.roles import ROLES, setup_roles


class Command(BaseCommand):
    """Create the role groups with their permissions; run it after every upgrade."""

    help = "Create the role groups with their permissions (idempotent)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the roles what derportal/roles.py says."""
        setup_roles()
        self.stdout.write(f"{len(ROLES)} roles are set up.")
