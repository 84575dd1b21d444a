"""The exchange's Django app: its checks are registered with it."""

from importlib import import_module

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Messages and documents for other systems."""

    name = "exchange"

    def ready(self) -> None:
        """Register the checks, which need the models."""
        import_module("exchange.checks")
