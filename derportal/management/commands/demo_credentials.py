"""manage.py demo_credentials"""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from derportal.demo.endpoints import DSO, THIRD_PARTY
from exchange.selectors import endpoint_named
from exchange.services import issue_client_credentials


class Command(BaseCommand):
    """Print fresh API credentials of a demo DERMS, as shell variables."""

    help = "Issue API credentials for the demo's DSO DERMS (or its third party's)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--third-party"""
        parser.add_argument("--third-party", action="store_true", help="GridPool's instead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Issue and print; earlier credentials of the endpoint end."""
        if not settings.DEMO:
            raise CommandError("Outside the demo use: manage.py issue_credentials NAME")
        name = (THIRD_PARTY if options["third_party"] else DSO).name
        issued = issue_client_credentials(endpoint=endpoint_named(name), by=None)
        self.stdout.write(f"export CLIENT_ID={issued.client_id}")
        self.stdout.write(f"export CLIENT_SECRET={issued.client_secret}")
