"""Numbers and people in the words of the applicant's pages."""

from collections.abc import Iterable
from decimal import Decimal

from django.conf import settings

from customers.selectors import User
from registry.selectors import BOUNDS, DerUnit, totals_of
from workflow.selectors import StateChange

from ...forms.applicant import PROTOCOLS
from ...selectors import ServiceRequest

TONES = {"rev": "review", "vis": "visit"}
HISTORY = {
    "submit": "Application sent",
    "confirm_complete": "Application complete",
    "request_missing_information": "More information needed",
    "request_technical_information": "Engineers asked a question",
    "return_to_completeness": "Information supplied",
    "return_to_engineering": "Information supplied",
    "approve_engineering": "Approved by Engineering",
    "hold_for_network_upgrade": "Held for a network upgrade",
    "resume_after_upgrade": "Network upgrade finished",
    "approve_operations": "Approved by network operations",
    "sign_agreement": "Agreement signed",
    "report_installation": "Installation reported",
    "fail_verification": "Visit: something must be put right",
    "pass_verification": "Permission to operate",
    "decline_at_completeness": "Declined",
    "decline_by_engineering": "Declined",
    "decline_by_operations": "Declined",
    "withdraw": "Withdrawn",
    "deem_withdrawn": "Closed: no answer in time",
    "expire": "Expired",
}
DESKS = {
    "confirm_complete": "Customer Support",
    "request_missing_information": "Customer Support",
    "decline_at_completeness": "Customer Support",
    "request_technical_information": "Engineering",
    "approve_engineering": "Engineering",
    "decline_by_engineering": "Engineering",
    "hold_for_network_upgrade": "Network operations",
    "approve_operations": "Network operations",
    "decline_by_operations": "Network operations",
    "fail_verification": "Field crew",
    "pass_verification": "Field crew",
}
HISTORY_TONES = {
    "hold_for_network_upgrade": "hold",
    "request_missing_information": "hold",
    "request_technical_information": "hold",
    "fail_verification": "bad",
    "pass_verification": "ok",
    "decline_at_completeness": "bad",
    "decline_by_engineering": "bad",
    "decline_by_operations": "bad",
    "deem_withdrawn": "bad",
    "expire": "bad",
    "withdraw": "muted",
}


def kilo(watts: Decimal | None, unit: str = "kW") -> str:
    """3800 W as “3.8 kW”, with a thousand as 1 kW and nothing lost."""
    if watts is None:
        return ""
    return f"{(watts / 1000).normalize():,f} {unit}"


def plain(number: Decimal) -> str:
    """Without trailing zeros, with thousands separated."""
    return f"{number.normalize():,f}"


def name_of_system(application: ServiceRequest) -> str:
    """“Solar and battery, 8.8 kW”, for titles and lists."""
    if application.der is None:
        return "New connection"
    totals = totals_of(application.der)
    if not totals.technologies:
        return "New connection"
    return f"{technologies(totals.technologies)}, {kilo(totals.active_power_w)}"


def technologies(codes: Iterable[str]) -> str:
    """Codes as words: “Solar (PV) and battery storage”."""
    order = list(DerUnit.Kind.values)
    words = [DerUnit.Kind(code).label for code in sorted(codes, key=order.index)]
    later = [word if word[:2].isupper() else word[0].lower() + word[1:] for word in words[1:]]
    return " and ".join([words[0], *later])


def unit_line(unit: DerUnit) -> str:
    """“10 x Alder Micro 380, 380 W each”."""
    power = unit.active_power_max_rating_w
    each = f"{plain(power)} W" if power < 1000 else kilo(power)
    suffix = " each" if unit.quantity > 1 else ""
    return f"{unit.quantity} x {unit.manufacturer} {unit.model}, {each}{suffix}"


def nameplate_rows(unit: DerUnit) -> list[dict[str, str]]:
    """Every rating that is known, with its unit."""
    rows = [
        {"label": bounds.label, "value": f"{plain(value)} {bounds.unit}".strip()}
        for name, bounds in BOUNDS.items()
        if (value := getattr(unit, name)) is not None
    ]
    normal = unit.normal_operating_performance_category
    abnormal = unit.abnormal_operating_performance_category
    if normal:
        rows.append({"label": "Normal operating performance category", "value": normal})
    if abnormal:
        rows.append({"label": "Abnormal operating performance category", "value": abnormal})
    return rows


def export_words(limit_w: Decimal | None) -> str:
    """What the export limit means."""
    if limit_w is None:
        return "Exports without a limit"
    return "Does not export" if limit_w == 0 else f"Exports up to {kilo(limit_w)}"


def protocol_words(protocol: str) -> str:
    """How the system can be reached, as the form says it."""
    return str(dict(PROTOCOLS)[protocol or "none"])


def who_did(change: StateChange, application: ServiceRequest, viewer: User) -> str:
    """The customer sees desks, not the e-mail addresses of staff."""
    if change.by is None:
        return "Automatic"
    if change.transition in DESKS:
        return f"{settings.UTILITY_NAME}, {DESKS[change.transition]}"
    if change.by_id == viewer.pk:
        return "You"
    if change.by_id == application.customer.user_id:
        return application.customer.name
    provider = change.by.provider
    return provider.name if provider else settings.UTILITY_NAME
