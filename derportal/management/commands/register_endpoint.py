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
    """Register a DERMS or a work-management system: where it listens, whose it is (D1, D3)."""

    help = "Register an endpoint and print its signing secret, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name, address, and the third party's name if it is a third party's."""
        parser.add_argument("name")
        parser.add_argument("url")
        parser.add_argument("--third-party", default="", help="name of the provider it belongs to")
        parser.add_argument(
            "--work-management", action="store_true", help="it plans the work of the field crews"
        )
        parser.add_argument(
            "--requests", action="store_true", help="it is asked for work, not only told of it"
        )
        parser.add_argument("--source", default="", help="what its messages carry as Header/Source")
        parser.add_argument("--context", default="PRODUCTION", help="PRODUCTION or TESTING")

    def handle(self, *args: Any, **options: Any) -> None:
        """Register and print the secret that signs the deliveries."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        provider = self._provider(options["third_party"])
        endpoint = register_endpoint(
            name=options["name"],
            kind=_kind(provider, options["work_management"]),
            url=options["url"],
            secret=secret,
            owner_mrid=provider.mrid if provider else None,
            context=options["context"],
            source=options["source"],
            takes_requests=options["requests"],
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


def _kind(provider: Any, is_work_management: bool) -> str:
    if provider and is_work_management:
        raise CommandError("A work-management system is the utility's own.")
    if is_work_management:
        return "work_management"
    return "third_party_derms" if provider else "dso_derms"
