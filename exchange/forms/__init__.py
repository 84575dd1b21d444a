"""Forms of the message log and the endpoint console."""

from .acts import ReasonForm, RecoverForm, SinceForm
from .endpoints import EndpointForm, ThirdPartyEndpointForm
from .inbound import InboundForm
from .log import InboxFilterForm, LogFilterForm
from .settings import AuthenticationForm, ServerCertificateForm, SettingsForm

__all__ = [
    "AuthenticationForm",
    "EndpointForm",
    "InboundForm",
    "InboxFilterForm",
    "LogFilterForm",
    "ReasonForm",
    "RecoverForm",
    "ServerCertificateForm",
    "SettingsForm",
    "SinceForm",
    "ThirdPartyEndpointForm",
]
