"""manage.py align_endpoint"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from enrollment.services import align_endpoint
from exchange.selectors import Endpoint, endpoint_named


class Command(BaseCommand):
    """Tell an endpoint of every DER that it lacks, and withdraw what is no longer its own."""

    help = "Bring an endpoint up to date after it was registered, stopped, or got new territory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The endpoint's name."""
        parser.add_argument("name", help="name of the endpoint")

    def handle(self, *args: Any, **options: Any) -> None:
        """Align and say what was done."""
        try:
            endpoint = endpoint_named(options["name"])
        except Endpoint.DoesNotExist as error:
            raise CommandError(f"There is no endpoint named “{options['name']}”.") from error
        done = align_endpoint(endpoint=endpoint, at=timezone.now())
        self.stdout.write(f"told of {done.told} DER, {done.withdrawn} withdrawn")
