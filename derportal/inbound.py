"""Which handler takes which message: one line for each verb and noun.

A handler makes one service call and returns its Answer, or raises InboundRefused. It lives in
``handlers`` of the app that owns the noun.
"""

from collections.abc import Callable

from cim import errors as codes
from cim.envelope import Verb
from enrollment import handlers as enrollment
from exchange import handlers as exchange
from exchange.services import Answer, Arrival, refusal, run_operations

TABLE: dict[tuple[str, str], Callable[[Arrival], Answer]] = {
    ("get", "EndDeviceConfig"): enrollment.get_end_device_config,
    ("get", "MasterDataLinkageConfig"): enrollment.get_master_data_linkage_config,
    ("create", "ServiceRequests"): enrollment.create_service_requests,
    ("change", "ServiceRequests"): enrollment.change_service_requests,
    ("cancel", "ServiceRequests"): enrollment.cancel_service_requests,
    ("get", "ServiceRequests"): enrollment.get_service_requests,
    ("create", "CustomerAgreements"): enrollment.create_customer_agreements,
    ("get", "CustomerAgreements"): enrollment.get_customer_agreements,
    ("created", "WorkRequests"): enrollment.tell_work_requests,
    ("change", "WorkRequests"): enrollment.tell_work_requests,
    ("changed", "WorkRequests"): enrollment.tell_work_requests,
    ("close", "WorkRequests"): enrollment.tell_work_requests,
    ("closed", "WorkRequests"): enrollment.tell_work_requests,
    ("canceled", "WorkRequests"): enrollment.tell_work_requests,
    ("created", "ServiceOrders"): enrollment.tell_service_orders,
    ("change", "ServiceOrders"): enrollment.tell_service_orders,
    ("changed", "ServiceOrders"): enrollment.tell_service_orders,
    ("close", "ServiceOrders"): enrollment.tell_service_orders,
    ("closed", "ServiceOrders"): enrollment.tell_service_orders,
    ("canceled", "ServiceOrders"): enrollment.tell_service_orders,
    ("get", "ServiceOrders"): enrollment.get_service_orders,
    ("created", "MaintenanceOrders"): enrollment.tell_maintenance_orders,
    ("change", "MaintenanceOrders"): enrollment.tell_maintenance_orders,
    ("changed", "MaintenanceOrders"): enrollment.tell_maintenance_orders,
    ("close", "MaintenanceOrders"): enrollment.tell_maintenance_orders,
    ("closed", "MaintenanceOrders"): enrollment.tell_maintenance_orders,
    ("get", "Reconciliations"): exchange.get_reconciliations,
    ("create", "Reconciliations"): exchange.create_reconciliations,
}
NOUNS = frozenset(noun for _, noun in TABLE)


def handle(arrival: Arrival) -> Answer:
    """Find the handler and let it act; one for each operation of an OperationSet.

    Raises InboundRefused.
    """
    if arrival.message.header.verb in (Verb.EXECUTE, Verb.EXECUTED):
        return run_operations(arrival, _handle_one)
    return _handle_one(arrival)


def _handle_one(arrival: Arrival) -> Answer:
    header = arrival.message.header
    if header.noun not in NOUNS:
        known = ", ".join(sorted(NOUNS))
        reason = f"Header/Noun {header.noun!r} is not handled here; only {known}"
        raise refusal(codes.NOUN_INVALID, reason)
    handler = TABLE.get((header.verb, header.noun))
    if handler is None:
        known = ", ".join(verb for verb, noun in TABLE if noun == header.noun)
        reason = f"Header/Verb {header.verb.value!r} is not handled for {header.noun}; only {known}"
        raise refusal(codes.VERB_INVALID, reason)
    return handler(arrival)
