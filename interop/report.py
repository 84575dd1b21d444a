"""The report: one HTML file without anything from elsewhere, made to be read and printed."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from cim.xml import XmlRefused, pretty
from interop.checks import Check
from interop.procedure import SIDES
from interop.running import Done, Outcome, Run

_STYLE = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
_SHOWN = 20_000
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Interoperability report</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1>Interoperability report</h1>
{runs}
</main>
</body>
</html>
"""
_RUN = """<section>
<h2>{title}</h2>
<p>{target}, {started} UTC</p>
<p class="sum"><strong class="{word}">{passed} of {count} procedures passed</strong>{rest}</p>
<table>
<thead><tr><th scope="col">Procedure</th><th scope="col">Steps of EPRI 3002014619</th>
<th scope="col">Result</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
{details}
</section>
"""


def report(runs: Iterable[Run]) -> str:
    """The whole page."""
    return _PAGE.format(style=_STYLE, runs="\n".join(_run(each) for each in runs))


def _run(run: Run) -> str:
    failed, skipped = run.count("failed"), run.count("skipped")
    others = ((failed, "failed"), (skipped, "skipped"))
    rest = "".join(f", {count} {word}" for count, word in others if count)
    return _RUN.format(
        title=escape(SIDES[run.side][0].upper() + SIDES[run.side][1:]),
        target=escape(run.target),
        started=f"{run.started_at:%Y-%m-%d %H:%M:%S}",
        word="failed" if failed else "passed",
        passed=run.count("passed"),
        count=len(run.outcomes),
        rest=rest,
        rows="\n".join(_row(each) for each in run.outcomes),
        details="\n".join(_outcome(each) for each in run.outcomes),
    )


def _row(outcome: Outcome) -> str:
    procedure = outcome.procedure
    return (
        f'<tr><td><a href="#{escape(procedure.id)}">{escape(procedure.id)}</a><br>'
        f"{escape(procedure.name)}</td><td>{escape(', '.join(procedure.rows))}</td>"
        f"<td>{_word(outcome.word)}</td></tr>"
    )


def _outcome(outcome: Outcome) -> str:
    procedure = outcome.procedure
    steps = "\n".join(_step(number, each) for number, each in enumerate(outcome.done, 1))
    skipped = f"<p>Skipped: {escape(outcome.skipped)}.</p>" if outcome.skipped else ""
    return (
        f'<article id="{escape(procedure.id)}"><h3>{escape(procedure.name)} '
        f"{_word(outcome.word)}</h3>\n<p>{escape(procedure.purpose)}</p>\n{skipped}"
        f"<ol>{steps}</ol></article>"
    )


def _step(number: int, done: Done) -> str:
    checks = "".join(_check(each) for each in done.checks)
    answer = "No answer was waited for." if done.answer is None and not done.checks else ""
    shown = "" if done.passed else " open"
    return (
        f"<li><p>{escape(done.step.do)}</p>{answer}<ul>{checks}</ul>"
        f"<details{shown}><summary>Messages of step {number}</summary>"
        f"{_messages(done)}</details></li>"
    )


def _check(check: Check) -> str:
    detail = f": {check.detail}" if check.detail else ""
    return f"<li>{_word('passed' if check.passed else 'failed')} {escape(check.says + detail)}</li>"


def _messages(done: Done) -> str:
    sent = f"<h4>Sent</h4><pre>{escape(_text(done.sent))}</pre>"
    if done.answer is None:
        return sent
    body = _text(done.answer.body)
    return f"{sent}<h4>Answered, HTTP {done.answer.status}</h4><pre>{escape(body)}</pre>"


def _text(body: bytes) -> str:
    try:
        return pretty(body)[:_SHOWN]
    except XmlRefused:
        return body[:_SHOWN].decode("utf-8", "replace")


def _word(word: str) -> str:
    return f'<strong class="{word}">{word}</strong>'
