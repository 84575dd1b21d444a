"""manage.py issue_credentials"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exchange.selectors import Endpoint, endpoint_named
from exchange.services import issue_client_credentials


class Command(BaseCommand):
    """Give an endpoint a client id and a new secret; the secret is shown once."""

    help = "Issue API credentials for an endpoint; earlier ones end at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The endpoint's name."""
        parser.add_argument("name", help="name of the endpoint")

    def handle(self, *args: Any, **options: Any) -> None:
        """Issue and print."""
        try:
            endpoint = endpoint_named(options["name"])
        except Endpoint.DoesNotExist as error:
            raise CommandError(f"There is no endpoint named “{options['name']}”.") from error
        issued = issue_client_credentials(endpoint=endpoint, by=None)
        self.stdout.write(f"client id     {issued.client_id}")
        self.stdout.write(f"client secret {issued.client_secret}")
