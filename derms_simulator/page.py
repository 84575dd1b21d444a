"""The simulator's pages, as plain HTML. Every value goes through ``html.escape``."""

from collections.abc import Iterable
from datetime import UTC
from html import escape
from itertools import islice
from typing import Any
from urllib.parse import quote

from cim.xml import XmlRefused, pretty
from derms_simulator.inbox import Record
from derms_simulator.state import BEHAVIORS, LONGEST_WAIT_S, Endpoint

_ROWS = 100
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="/assets/style.css">
</head>
<body>
<header><a href="/">DERMS simulator</a></header>
<main>
{body}
</main>
</body>
</html>
"""
_ENDPOINT = """<section id="{name}" aria-labelledby="{name}-title">
<h2 id="{name}-title">/{name}</h2>
<form method="post" action="/{name}/behavior">
<label>Behavior <select name="mode">{options}</select></label>
<label>Wait (seconds) <input name="seconds" type="number" min="0" max="{longest}" step="any"
 value="{seconds}"></label>
<button>Set behavior</button>
</form>
<h3>DER it knows</h3>
{picture}
<h3>Inbox</h3>
<p>{count} shown, {duplicates} duplicates without effect.
 <a href="/{name}/picture">Picture as JSON</a> <a href="/{name}/log">Log as JSON lines</a></p>
{inbox}
</section>
"""


def overview(endpoints: list[Endpoint]) -> str:
    """The page at ``/``."""
    sections = "\n".join(_endpoint(each) for each in endpoints)
    return _page("DERMS simulator", f"<h1>What the DERMS believes</h1>\n{sections}")


def message(endpoint: Endpoint, record: Record) -> str:
    """One message with its reply."""
    title = f"{record.verb} {record.noun}".strip() or "Message"
    body = (
        f"<h1>{escape(title)}</h1>\n"
        f"<p>/{escape(endpoint.name)}, {_time(record)}, {_verdict(record)}</p>\n"
        f"<p>{escape(record.detail)}</p>\n"
        f"<h2>Received</h2>\n{_code(record.raw, 'Received message')}\n"
        f"<h2>Reply</h2>\n{_code(record.reply, 'Reply')}"
    )
    return _page(title, body)


def _page(title: str, body: str) -> str:
    return _PAGE.format(title=escape(title), body=body)


def _endpoint(endpoint: Endpoint) -> str:
    inbox = endpoint.inbox
    records = list(islice(reversed(inbox.records), _ROWS))
    return _ENDPOINT.format(
        name=escape(endpoint.name),
        options="".join(_option(mode, endpoint.behavior.mode) for mode in BEHAVIORS),
        seconds=f"{endpoint.behavior.seconds:g}",
        longest=f"{LONGEST_WAIT_S:g}",
        picture=_picture(inbox.picture.ders()),
        count=len(records),
        duplicates=inbox.duplicates,
        inbox=_inbox(endpoint.name, records),
    )


def _option(mode: str, chosen: str) -> str:
    selected = " selected" if mode == chosen else ""
    return f'<option value="{mode}"{selected}>{escape(BEHAVIORS[mode])}</option>'


def _picture(ders: list[dict[str, Any]]) -> str:
    if not ders:
        return "<p>None yet.</p>"
    heads = ("DER", "Version", "State", "Type", "Feeder", "Export limit (W)", "Tariff")
    return _table("DER", heads, (_der(each) for each in islice(ders, _ROWS)))


def _der(der: dict[str, Any]) -> list[str]:
    facts = der["facts"] or {}
    linkage = der["linkage"] or {}
    names = [name["name"] for name in facts.get("names", ())]
    state = "deleted" if der["is_deleted"] else facts.get("lifecycle_state", "unknown")
    return [
        escape(names[0] if names else der["mrid"]),
        _cell(der["version"]),
        escape(state),
        escape(facts.get("type", "")),
        escape(facts.get("connectivity", {}).get("feeder", {}).get("name", "")),
        _cell(facts.get("export_limit_w")),
        escape(linkage.get("pricing_structure", {}).get("name", "")),
    ]


def _inbox(name: str, records: list[Record]) -> str:
    if not records:
        return "<p>Empty.</p>"
    heads = ("Time", "Message", "MessageID", "Sequence", "Verdict")
    return _table("Inbox", heads, (_row(name, each) for each in records))


def _row(name: str, record: Record) -> list[str]:
    link = escape(record.message_id)
    if record.message_id:
        target = f"/{name}/messages/{quote(record.message_id, safe='')}"
        link = f'<a href="{escape(target)}">{link}</a>'
    return [
        _time(record),
        escape(f"{record.verb} {record.noun}".strip()),
        link,
        _cell(record.sequence),
        f"{_verdict(record)} {escape(record.detail)}",
    ]


def _table(label: str, heads: Iterable[str], rows: Iterable[list[str]]) -> str:
    """Cells are HTML already; heads are text."""
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="scroll" role="region" aria-label="{escape(label)}" tabindex="0"><table>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _cell(value: object) -> str:
    return "" if value is None else escape(str(value))


def _time(record: Record) -> str:
    moment = record.arrived_at.astimezone(UTC)
    return f'<time datetime="{moment.isoformat()}">{moment:%Y-%m-%d %H:%M:%S} UTC</time>'


def _verdict(record: Record) -> str:
    kind = "good" if record.verdict in ("applied", "duplicate") else "bad"
    return f'<strong class="{kind}">{escape(record.verdict)}</strong>'


def _code(text: str, label: str) -> str:
    if not text:
        return "<p>None.</p>"
    try:
        shown = pretty(text.encode())
    except XmlRefused:
        shown = text
    return f'<pre tabindex="0" aria-label="{label}"><code>{escape(shown)}</code></pre>'
