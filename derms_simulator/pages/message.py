"""One message with what it was answered."""

from html import escape

from derms_simulator.behavior import MODES
from derms_simulator.inbox import Record
from derms_simulator.pages.frame import chip, code, page, time
from derms_simulator.state import Endpoint


def message(endpoint: Endpoint, record: Record) -> str:
    """The page of one record."""
    title = f"{record.verb} {record.noun}".strip() or "Message"
    return page(title, f"<h1>{escape(title)}</h1>\n{_about(endpoint, record)}\n{_texts(record)}")


def _about(endpoint: Endpoint, record: Record) -> str:
    fault = f"<p>Fault: {escape(MODES[record.fault].label)}.</p>" if record.fault in MODES else ""
    return (
        f"<p>/{escape(endpoint.name)}, {time(record.arrived_at)}, {chip(record.verdict)}</p>\n"
        f"<p>{escape(record.detail)}</p>\n{fault}"
    )


def _texts(record: Record) -> str:
    sent = f"<h2>Sent instead</h2>\n{code(record.sent, 'Sent instead')}" if record.sent else ""
    return (
        f"<h2>Received</h2>\n{code(record.raw, 'Received message')}\n"
        f"<h2>Reply</h2>\n{code(record.reply, 'Reply')}\n{sent}"
    )
