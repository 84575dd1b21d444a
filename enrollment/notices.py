"""SR8: what the customer is told at each step. One line here for each transition."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string

from customers.services import notify_customer

from .models import ServiceRequest
from .states import FACTS


@dataclass(frozen=True)
class Notice:
    """Subject and first sentence of an e-mail; the reason and next step follow by themselves."""

    subject: str
    lead: str


NOTICES: dict[str, Notice] = {
    "submit": Notice(
        "We received your application", "Your application has arrived and is in our queue."
    ),
    "confirm_complete": Notice(
        "Your application is complete", "Your application is complete and is with our engineers."
    ),
    "request_missing_information": Notice(
        "We need something from you", "Your application lacks something that we need."
    ),
    "request_technical_information": Notice(
        "Our engineers have a question", "Our engineers need something corrected or explained."
    ),
    "return_to_completeness": Notice(
        "Thank you, we have your answer", "We received your corrections."
    ),
    "return_to_engineering": Notice(
        "Thank you, we have your answer", "We received your corrections."
    ),
    "approve_engineering": Notice(
        "Engineering approved your connection",
        "Our engineers approved your connection. Network operations now confirms it.",
    ),
    "hold_for_network_upgrade": Notice(
        "Your application waits for a network upgrade",
        "The network that serves you must be upgraded before your system can be connected.",
    ),
    "resume_after_upgrade": Notice(
        "The network upgrade is done", "Your application goes on where it stopped."
    ),
    "approve_operations": Notice(
        "Your connection is approved: please sign",
        "Your connection is approved. Your agreement is ready to be signed.",
    ),
    "sign_agreement": Notice(
        "Agreement signed: you can install now", "Thank you. You can have your system installed."
    ),
    "report_installation": Notice(
        "We will visit your installation", "Our field crew will come and verify the installation."
    ),
    "fail_verification": Notice(
        "Something must be put right", "Our crew visited and found something to put right."
    ),
    "pass_verification": Notice(
        "Permission to operate", "Your installation is verified. You may switch your system on."
    ),
    "decline_at_completeness": Notice(
        "Your application was declined", "We cannot accept your application."
    ),
    "decline_by_engineering": Notice(
        "Your application was declined", "Our engineers cannot approve this connection."
    ),
    "decline_by_operations": Notice(
        "Your application was declined", "The network cannot take this connection."
    ),
    "withdraw": Notice("Your application is withdrawn", "Your application is withdrawn."),
    "deem_withdrawn": Notice(
        "Your application is closed", "The information we asked for did not arrive in time."
    ),
    "expire": Notice("Your application has expired", "The time limit has passed."),
}


def notify_of(request: ServiceRequest, transition: str, *, note: str, at: datetime) -> None:
    """Write the notice of a transition, in the transaction of the transition."""
    notice = NOTICES[transition]
    context = {
        "request": request,
        "notice": notice,
        "note": note,
        "next_step": FACTS[request.state].next_step,
        "url": f"{settings.BASE_URL}/applications/{request.reference}/",
        "utility": settings.UTILITY_NAME,
    }
    notify_customer(
        customer=request.customer,
        subject_mrid=request.mrid,
        kind=transition,
        subject=f"{request.reference}: {notice.subject}",
        text=render_to_string("enrollment/email/notice.txt", context),
        html=render_to_string("enrollment/email/notice.html", context),
        at=at,
    )
