"""manage.py after_restore"""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exchange.selectors import endpoints
from exchange.services import start_new_epoch


class Command(BaseCommand):
    """A database came back from a backup: tell receivers, and repeat what may be lost (F25)."""

    help = "Begin a new epoch of every endpoint after a restore; run it before the workers start."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """From when on messages are repeated, and why."""
        parser.add_argument("--since", help="also repeat what was made since, with offset")
        parser.add_argument("--reason", required=True, help="for the record: which backup, why")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say how much."""
        since = self._moment(options["since"]) if options["since"] else None
        count = start_new_epoch(
            endpoints=endpoints(),
            by=None,
            at=timezone.now(),
            reason=options["reason"],
            since=since,
        )
        self.stdout.write(f"A new epoch began for {len(endpoints())} endpoints.")
        self.stdout.write(f"{count} messages are sent again.")

    def _moment(self, text: str) -> datetime:
        try:
            found = datetime.fromisoformat(text)
        except ValueError as error:
            raise CommandError(f"--since: {text!r} is no date and time.") from error
        if found.tzinfo is None:
            raise CommandError("--since needs an offset: 2026-11-24T12:00:00+00:00.")
        return found
