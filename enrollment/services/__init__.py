"""The journey, one function for each arrow of the seed's Figure 4-1."""

from .agreeing import sign_agreement
from .aligning import align_endpoint, catch_up_endpoints
from .drafting import (
    accept_tariff,
    add_equipment,
    change_equipment,
    choose_site,
    describe_operation,
    remove_diagram,
    remove_equipment,
    start_application,
    upload_diagram,
)
from .ending import decline, end_overdue_requests, withdraw
from .filing import Acceptance, AlreadyFiled, Answers, amend_application, file_application
from .imports import import_procedures, make_default_procedure
from .operating import (
    approve_operations,
    complete_network_upgrade,
    hold_for_network_upgrade,
    hold_for_new_upgrade,
)
from .resyncing import (
    ask_for_own_resync,
    ask_for_resync,
    check_deliveries,
    continue_resyncs,
)
from .reviewing import (
    approve_engineering,
    claim_request,
    confirm_complete,
    release_request,
    request_information,
    run_screens,
    submit_application,
    supply_information,
)
from .upgrading import change_upgrade, plan_upgrade
from .verifying import (
    fail_verification,
    pass_verification,
    record_communication_test,
    report_installation,
)
from .visiting import Visit, fail_visit, pass_visit, save_visit

__all__ = [
    "Acceptance",
    "AlreadyFiled",
    "Answers",
    "Visit",
    "accept_tariff",
    "add_equipment",
    "align_endpoint",
    "amend_application",
    "approve_engineering",
    "approve_operations",
    "ask_for_own_resync",
    "ask_for_resync",
    "catch_up_endpoints",
    "change_equipment",
    "change_upgrade",
    "check_deliveries",
    "choose_site",
    "claim_request",
    "complete_network_upgrade",
    "confirm_complete",
    "continue_resyncs",
    "decline",
    "describe_operation",
    "end_overdue_requests",
    "fail_verification",
    "fail_visit",
    "file_application",
    "hold_for_network_upgrade",
    "hold_for_new_upgrade",
    "import_procedures",
    "make_default_procedure",
    "pass_verification",
    "pass_visit",
    "plan_upgrade",
    "record_communication_test",
    "release_request",
    "remove_diagram",
    "remove_equipment",
    "report_installation",
    "request_information",
    "run_screens",
    "save_visit",
    "sign_agreement",
    "start_application",
    "submit_application",
    "supply_information",
    "upload_diagram",
    "withdraw",
]
