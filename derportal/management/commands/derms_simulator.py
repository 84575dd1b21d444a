"""manage.py derms_simulator"""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from derms_simulator.running import run
from derportal.demo.endpoints import ENDPOINTS


class Command(BaseCommand):
    """M3: play the demo's DERMS, receiving messages on this machine."""

    help = "Run the DERMS simulator for the demo's endpoints."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--port"""
        parser.add_argument("--port", type=int, default=8010)

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until interrupted."""
        secrets = {endpoint.path: endpoint.secret for endpoint in ENDPOINTS}
        journal = settings.VAR_DIR / "simulator"
        run(options["port"], secrets, journal, portal_url=settings.BASE_URL)
