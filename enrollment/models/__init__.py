"""The service request, its procedure and clocks, its papers and questions."""

from .papers import Attachment
from .procedures import Procedure, StageClock
from .questions import InformationItem, InformationRequest
from .requests import ServiceRequest

__all__ = [
    "Attachment",
    "InformationItem",
    "InformationRequest",
    "Procedure",
    "ServiceRequest",
    "StageClock",
]
