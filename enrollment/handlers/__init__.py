"""Messages that come in about applications, DER, agreements and their work."""

from .agreements import create_customer_agreements, get_customer_agreements
from .der import get_end_device_config, get_master_data_linkage_config
from .maintenance_orders import tell_maintenance_orders
from .service_orders import get_service_orders, tell_service_orders
from .service_requests import (
    cancel_service_requests,
    change_service_requests,
    create_service_requests,
    get_service_requests,
)
from .work_requests import tell_work_requests

__all__ = [
    "cancel_service_requests",
    "change_service_requests",
    "create_customer_agreements",
    "create_service_requests",
    "get_customer_agreements",
    "get_end_device_config",
    "get_master_data_linkage_config",
    "get_service_orders",
    "get_service_requests",
    "tell_maintenance_orders",
    "tell_service_orders",
    "tell_work_requests",
]
