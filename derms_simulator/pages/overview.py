"""The first page: for each endpoint its registry, its groups, and the log."""

from html import escape
from itertools import islice
from typing import Any
from urllib.parse import quote

from derms_simulator.behavior import MODES
from derms_simulator.inbox import Record
from derms_simulator.objects import GROUPS
from derms_simulator.pages.der import HEADS, row
from derms_simulator.pages.frame import cell, chip, page, table, time
from derms_simulator.state import Endpoint

_ROWS = 100
_LIVE = """<p class="live"><label><input type="checkbox" id="live" checked> Update by itself</label>
<span id="told" role="status"></span></p>"""
_GROUPS = ("Group", "State", "Version", "Members", "Functions")
_OTHERS = ("Name", "Noun", "Last told", "Version")
_ENDPOINT = """<section id="{name}" aria-labelledby="{name}-title">
<h2 id="{name}-title">/{name}</h2>
<div data-live="{name}-facts">
<p>{behavior}</p>
</div>
<p><a href="/{name}/control">Behavior and faults</a> <a href="/{name}/send">Send to the portal</a>
<a href="/{name}/picture">Picture as JSON</a> <a href="/{name}/log">Log as JSON lines</a></p>
<h3>Registry</h3>
<div data-live="{name}-ders">{ders}</div>
<h3>Groups</h3>
<div data-live="{name}-groups">{groups}</div>
<h3>Work and requests</h3>
<div data-live="{name}-others">{others}</div>
<h3>Log</h3>
<div data-live="{name}-log">
<p>{count} shown, {duplicates} duplicates without effect.</p>
{inbox}
</div>
</section>
"""


def overview(endpoints: list[Endpoint]) -> str:
    """The page at ``/``."""
    sections = "\n".join(_endpoint(each) for each in endpoints)
    return page("Registry", f"<h1>What the DERMS believes</h1>\n{_LIVE}\n{sections}", is_live=True)


def _endpoint(endpoint: Endpoint) -> str:
    inbox = endpoint.inbox
    records = list(islice(reversed(inbox.records), _ROWS))
    return _ENDPOINT.format(
        name=escape(endpoint.name),
        behavior=_behavior(endpoint),
        ders=_registry(endpoint.name, inbox.picture.ders()),
        groups=_groups(inbox.picture.groups()),
        others=_others(inbox.picture.others()),
        count=len(records),
        duplicates=inbox.duplicates,
        inbox=_inbox(endpoint.name, records),
    )


def _behavior(endpoint: Endpoint) -> str:
    words = f"{MODES[endpoint.behavior.mode].label}."
    if endpoint.script.as_json():
        words += f" A script of faults runs; {endpoint.count} requests so far."
    return escape(words)


def _registry(name: str, ders: list[dict[str, Any]]) -> str:
    if not ders:
        return "<p>No DER yet. An approved DER arrives as “created EndDeviceConfig”.</p>"
    return table("DER", HEADS, (row(name, each) for each in ders))


def _groups(groups: list[dict[str, Any]]) -> str:
    if not groups:
        return "<p>No groups yet. A group arrives as “created DERGroups”.</p>"
    return table("Groups", _GROUPS, (_group(each) for each in groups))


def _group(group: dict[str, Any]) -> list[str]:
    return [
        escape(_name(group)),
        chip("deleted" if group["is_deleted"] else "active"),
        escape(group.get("version", "")),
        "<br>".join(escape(each) for each in group.get("members", ())),
        escape(", ".join(group.get("functions", ()))),
    ]


def _others(others: list[dict[str, Any]]) -> str:
    shown = [each for each in others if each["noun"] != GROUPS]
    if not shown:
        return "<p>None yet.</p>"
    return table("Work and requests", _OTHERS, (_other(each) for each in shown))


def _other(other: dict[str, Any]) -> list[str]:
    return [
        escape(_name(other)),
        escape(other["noun"]),
        escape(other["verb"]),
        cell(other["object_version"]),
    ]


def _name(other: dict[str, Any]) -> str:
    return str(next(iter(other.get("names", ())), other["mrid"]))


def _inbox(name: str, records: list[Record]) -> str:
    if not records:
        return "<p>Empty.</p>"
    heads = ("Time", "Message", "MessageID", "Sequence", "Verdict", "Answer")
    return table("Inbox", heads, (_row(name, each) for each in records))


def _row(name: str, record: Record) -> list[str]:
    link = escape(record.message_id)
    if record.message_id:
        target = f"/{name}/messages/{quote(record.message_id, safe='')}"
        link = f'<a href="{escape(target)}">{link}</a>'
    return [
        time(record.arrived_at),
        escape(f"{record.verb} {record.noun}".strip()),
        link,
        cell(record.sequence),
        f"{chip(record.verdict)} {escape(record.detail)}",
        _answer(record),
    ]


def _answer(record: Record) -> str:
    if record.fault:
        return f"fault: {escape(record.fault)}"
    return "replied" if record.reply else "HTTP 401"
