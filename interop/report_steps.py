"""One step of the report: what was sent, what came back, what was checked, and the messages."""

import re
from html import escape

from cim.elements import MessageRefused
from cim.messages import read
from cim.xml import XmlRefused, pretty
from interop.checks import Check
from interop.running import Done

_SHOWN = 20_000
_TAG = re.compile(r"(&lt;[/?!]?)([\w:.-]+)(.*?)(/?\??&gt;)", re.DOTALL)


def step(number: int, done: Done) -> str:
    """A list item; the messages of a step that failed are open."""
    checks = "".join(_check(each) for each in done.checks)
    shown = "" if done.passed else " open"
    return (
        f"<li><p><strong>{escape(done.step.do)}</strong></p>\n"
        f'<p class="exchange">{_exchange(done)}</p>\n<ul class="checks">{checks}</ul>\n'
        f"<details{shown}><summary>Messages of step {number}</summary>\n"
        f"{_messages(done)}</details></li>"
    )


def chip(word: str) -> str:
    """A result; its word says it, the color repeats it."""
    return f'<strong class="{word}">{word}</strong>'


def _exchange(done: Done) -> str:
    """In one line: what went, what came."""
    asked = done.step.send or "the same bytes again"
    sent = f"Sent: {escape(asked)}{_how(done)}."
    if done.answer is None:
        return f"{sent} No answer {'was waited for' if not done.checks else 'came'}."
    came = f"{sent} Answered: HTTP {done.answer.status}{_told(done.answer.body)}."
    return came if done.later is None else f"{came} Later: a reply{_told(done.later)}."


def _how(done: Done) -> str:
    """Whatever of the step is not the usual way."""
    step, said = done.step, []
    if step.form != "typed":
        said.append(step.form)
    if step.binding == "soap":
        said.append("over SOAP")
    if step.damage:
        said.append(step.damage)
    if step.credentials != "right":
        said.append(f"credentials: {step.credentials}")
    if step.connection != "kept":
        said.append(f"connection {step.connection}")
    return escape(f" ({', '.join(said)})") if said else ""


def _told(body: bytes) -> str:
    """The result of a reply and its errors, "" if there is none."""
    try:
        reply = read(body).reply
    except (XmlRefused, MessageRefused):
        return ""
    if reply is None:
        return ""
    errors = "; ".join(f"{each.code} {each.reason}".strip() for each in reply.errors)
    return escape(f", {reply.result} {errors}".rstrip())


def _check(check: Check) -> str:
    detail = f": {check.detail}" if check.detail else ""
    return f"<li>{chip('passed' if check.passed else 'failed')} {escape(check.says + detail)}</li>"


def _messages(done: Done) -> str:
    parts = [("Sent", done.sent)]
    if done.answer is not None:
        parts.append((f"Answered, HTTP {done.answer.status}", done.answer.body))
    if done.later is not None:
        parts.append(("Came later", done.later))
    return "\n".join(
        f'<h4>{title}</h4>\n<pre tabindex="0" aria-label="{title}"><code>{_text(body)}</code></pre>'
        for title, body in parts
    )


def _text(body: bytes) -> str:
    """Pretty and with its tags marked; what is no XML as it is."""
    try:
        shown = escape(pretty(body)[:_SHOWN], quote=False)
    except XmlRefused:
        return escape(body[:_SHOWN].decode("utf-8", "replace"))
    return _TAG.sub(r'<span class="tag">\1<b>\2</b>\3\4</span>', shown)
