"""Forms of the message log and the endpoint console."""

from .acts import ReasonForm, RecoverForm, SinceForm
from .endpoints import EndpointForm, ThirdPartyEndpointForm
from .log import InboxFilterForm, LogFilterForm

__all__ = [
    "EndpointForm",
    "InboxFilterForm",
    "LogFilterForm",
    "ReasonForm",
    "RecoverForm",
    "SinceForm",
    "ThirdPartyEndpointForm",
]
