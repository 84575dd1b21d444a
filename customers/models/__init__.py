"""People, organizations, and where the electricity arrives."""

from .notices import CustomerNotification
from .parties import Consent, Customer, CustomerAccount, Provider
from .places import ServiceLocation, UsagePoint
from .users import User

__all__ = [
    "Consent",
    "Customer",
    "CustomerAccount",
    "CustomerNotification",
    "Provider",
    "ServiceLocation",
    "UsagePoint",
    "User",
]
