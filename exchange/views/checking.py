"""What a test message found out, step by step, in words that say what to do."""

from dataclasses import dataclass

from django.conf import settings

from exchange.selectors import Endpoint, EndpointCheck
from exchange.services import NOT_IN_TIME

from .access import Reader
from .rows import error_for

_HINTS = {
    401: "Is your receiver's own sign-in asked of us? Is the signature verified with this secret?",
    403: "Does a firewall or your receiver refuse us?",
    404: "Is the path of the address right?",
    405: "The address must accept POST.",
    410: "In operation this suspends the endpoint until somebody resumes it.",
    415: "The body is application/xml; charset=utf-8.",
}


@dataclass(frozen=True)
class Finding:
    """One step: ``state`` is ok, bad, or unknown when an earlier step failed."""

    label: str
    state: str
    detail: str = ""


def findings_of(check: EndpointCheck, reader: Reader) -> list[Finding]:
    """Connected, accepted, understood, agreed: the first that failed is explained."""
    error = error_for(check.error, reader)
    steps = (
        ("The address answered", check.http_status is not None, _unreached(check, error)),
        ("HTTP status 2xx", _is_2xx(check), _status(check)),
        *(() if check.endpoint.format == Endpoint.Format.JSON else _reply_steps(check, error)),
    )
    found, is_broken = [], False
    for label, is_good, detail in steps:
        if is_broken:
            found.append(Finding(label, "unknown"))
        else:
            found.append(Finding(label, "ok" if is_good else "bad", "" if is_good else detail))
            is_broken = not is_good
    return found


def _reply_steps(check: EndpointCheck, error: str) -> tuple[tuple[str, bool, str], ...]:
    """A JSON notice has none: its status says it all."""
    return (
        ("A reply to this message (ResponseMessage)", bool(check.reply_result), error),
        ("The reply says OK", check.reply_result == "OK", error),
    )


def _is_2xx(check: EndpointCheck) -> bool:
    return check.http_status is not None and 200 <= check.http_status < 300


def _unreached(check: EndpointCheck, error: str) -> str:
    if check.ended_at is None:
        return "No end was recorded. Send another test message."
    if check.error == NOT_IN_TIME:
        limit = int(settings.EXCHANGE_TIMEOUT_SECONDS)
        return (
            f"{error}. Answer whole within {limit} s: take the message, answer, and work on it "
            "afterwards. If nothing arrived there, check the address and the firewall."
        )
    return f"{error}. Check the address, the certificate and the firewall."


def _status(check: EndpointCheck) -> str:
    hint = _HINTS.get(check.http_status or 0, "")
    return f"It answered with HTTP status {check.http_status}. {hint}".strip()
