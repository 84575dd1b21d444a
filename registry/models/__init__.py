"""DER, their nameplates, the equipment catalogue and the network they connect to."""

from .der import CommunicationProtocol, Der, DerUnit
from .equipment import Equipment
from .nameplate import NAMEPLATE_FIELDS, Nameplate
from .network import Feeder, NetworkConnection, Substation, Transformer

__all__ = [
    "NAMEPLATE_FIELDS",
    "CommunicationProtocol",
    "Der",
    "DerUnit",
    "Equipment",
    "Feeder",
    "Nameplate",
    "NetworkConnection",
    "Substation",
    "Transformer",
]
