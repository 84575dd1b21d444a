"""Model to CIM profile: what is told of DER, of service requests and of their work."""

from .der import der_approved, der_document, der_left, der_linked
from .requests import (
    STATUS_WORDS,
    agreement_facts,
    agreement_told,
    request_changed,
    request_facts,
    requests_told,
)
from .work import (
    installation_visited,
    order_number,
    upgrade_ordered,
    visit_ordered,
    work_requested,
)

__all__ = [
    "STATUS_WORDS",
    "agreement_facts",
    "agreement_told",
    "der_approved",
    "der_document",
    "der_left",
    "der_linked",
    "installation_visited",
    "order_number",
    "request_changed",
    "request_facts",
    "requests_told",
    "upgrade_ordered",
    "visit_ordered",
    "work_requested",
]
