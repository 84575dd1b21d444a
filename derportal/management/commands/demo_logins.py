"""manage.py demo_logins"""

from typing import Any

from django.core.management.base import BaseCommand

from derportal.demo.people import PASSWORD, PEOPLE


class Command(BaseCommand):
    """Print who can sign in to the demo."""

    help = "Print the demo's logins."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each person; the password is the same for all."""
        for person in PEOPLE:
            self.stdout.write(f"  {person.role:<17} {person.email}")
        self.stdout.write(f"  password: {PASSWORD} (or one click on the sign-in page)")
