"""The simulator's pages, as plain HTML. Every value goes through ``html.escape``."""

from derms_simulator.pages.control import control
from derms_simulator.pages.der import der
from derms_simulator.pages.message import message
from derms_simulator.pages.overview import overview
from derms_simulator.pages.send import send

__all__ = ["control", "der", "message", "overview", "send"]
