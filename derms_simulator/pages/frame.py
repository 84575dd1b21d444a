"""What all pages share: the frame, tables, and words for times and verdicts."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from html import escape

from cim.elements import write_number
from cim.xml import XmlRefused, pretty

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - DERMS simulator</title>
<link rel="stylesheet" href="/assets/style.css">
{script}</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><div><a href="/">DERMS simulator</a></div></header>
<main id="main">
{body}
</main>
</body>
</html>
"""
_SCRIPT = '<script src="/assets/page.js" defer></script>\n'
_GOOD = frozenset({"applied", "duplicate", "told", "reply", "active", "OK"})
_QUIET = frozenset({"stale", "deleted", "unknown", "partial", "PARTIAL", "none"})


def page(title: str, body: str, *, is_live: bool = False) -> str:
    """A whole page. A live one asks for itself again and keeps its place."""
    return _PAGE.format(title=escape(title), body=body, script=_SCRIPT if is_live else "")


def table(label: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are HTML already; heads are text. On a phone each row is a card."""
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = "\n".join(_row(heads, row) for row in rows)
    return (
        f'<div class="scroll" role="region" aria-label="{escape(label)}" tabindex="0"><table>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _row(heads: Sequence[str], row: Sequence[str]) -> str:
    cells = zip(heads, row, strict=True)
    return (
        "<tr>"
        + "".join(f'<td data-label="{escape(head)}">{cell}</td>' for head, cell in cells)
        + "</tr>"
    )


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """A list of names and values; what is unknown is left out."""
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(_words(value))}</dd>"
        for name, value in pairs
        if value not in (None, "", [], ())
    )
    return f"<dl>{rows}</dl>" if rows else "<p>Nothing is known.</p>"


def _words(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def cell(value: object) -> str:
    return "" if value is None else escape(str(value))


def time(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f'<time datetime="{utc.isoformat()}">{utc:%Y-%m-%d %H:%M:%S} UTC</time>'


def chip(word: str) -> str:
    """A state or a verdict; its word says it, the color repeats it."""
    kind = "good" if word in _GOOD else "quiet" if word in _QUIET else "bad"
    return f'<strong class="{kind}">{escape(word)}</strong>'


def code(text: str, label: str) -> str:
    """XML, indented if it can be read."""
    if not text:
        return "<p>None.</p>"
    try:
        shown = pretty(text.encode())
    except XmlRefused:
        shown = text
    return f'<pre tabindex="0" aria-label="{escape(label)}"><code>{escape(shown)}</code></pre>'


def kilo(value: object, unit: str) -> str:
    """Watts as kW, watt hours as kWh; "" if it is unknown."""
    if value is None:
        return ""
    thousands = write_number(Decimal(str(value)) / 1000)
    return f"{thousands} k{unit}"
