"""manage.py register_endpoint"""

import base64
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers.selectors import providers
from enrollment.services import align_endpoint
from exchange.services import register_endpoint


class Command(BaseCommand):
    """Register a DERMS: where it receives messages, and whose it is (D1, D3)."""

    help = "Register a DERMS endpoint and print its signing secret, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name, address, and the third party's name if it is a third party's."""
        parser.add_argument("name")
        parser.add_argument("url")
        parser.add_argument("--third-party", default="", help="name of the provider it belongs to")
        parser.add_argument("--context", default="PRODUCTION", help="PRODUCTION or TESTING")

    def handle(self, *args: Any, **options: Any) -> None:
        """Register and print the secret that signs the deliveries."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        provider = self._provider(options["third_party"])
        endpoint = register_endpoint(
            name=options["name"],
            kind="third_party_derms" if provider else "dso_derms",
            url=options["url"],
            secret=secret,
            owner_mrid=provider.mrid if provider else None,
            context=options["context"],
        )
        done = align_endpoint(endpoint=endpoint, at=timezone.now())
        self.stdout.write(f"{options['name']} is registered and told of {done.told} DER.")
        self.stdout.write(f"Signing secret: {secret}")

    def _provider(self, name: str) -> Any:
        if not name:
            return None
        provider = providers("third_party").filter(name=name).first()
        if provider is None:
            raise CommandError(f"There is no third-party provider named “{name}”.")
        return provider
