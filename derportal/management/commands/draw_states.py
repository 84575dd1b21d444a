"""manage.py draw_states"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from derportal.states import states_page

PAGE = Path("docs") / "reference" / "states.md"


class Command(BaseCommand):
    """Draw every state machine into docs/reference/states.md, or check that the page is current."""

    help = "Draw the state machines into docs/reference/states.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--check"""
        parser.add_argument("--check", action="store_true", help="fail if the page is out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page, or compare it."""
        path = settings.BASE_DIR / PAGE
        page = states_page()
        if not options["check"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != page:
            raise CommandError(f"{PAGE} is out of date; run: manage.py draw_states")
