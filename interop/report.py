"""The report: one HTML file without anything from elsewhere, made to be read and printed.

First what a manager wants to know (how many passed, what failed, what is covered), then each
procedure with its messages.
"""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from interop.junit import failures
from interop.procedure import ROLES, SIDES
from interop.report_steps import chip, step
from interop.rows import ROWS
from interop.running import Outcome, Run

_STYLE = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Interoperability report: {title}</title>
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
_RUN = """<section aria-label="Summary">
<p class="lead">{verdict}</p>
<p class="sum"><strong>{passed} of {count} procedures passed</strong>{rest}</p>
<div class="bar" aria-hidden="true">{bar}</div>
<dl>
<div><dt>What was done</dt><dd>{about}</dd></div>
<div><dt>Role</dt><dd>{roles}</dd></div>
<div><dt>Address</dt><dd>{target}</dd></div>
<div><dt>Begun</dt><dd>{started} UTC, {seconds} s in all</dd></div>
<div><dt>Messages</dt><dd>{messages} exchanged, {checks} checks</dd></div>
</dl>
</section>
{failed}
<section aria-labelledby="covered">
<h2 id="covered">What is covered</h2>
<p>Rows are parts of the use cases in EPRI report 3002014619.</p>
{rows}
</section>
<section aria-labelledby="procedures">
<h2 id="procedures">Procedures</h2>
{procedures}
</section>
<h2 class="details-title">Every procedure with its messages</h2>
<p class="print">Printed with a step are its checks; the messages of a step that failed are printed
too. All messages are in the file itself.</p>
{details}
"""
_ARTICLE = """<article id="{id}">
<h3>{name} {chip}</h3>
<p>{purpose}</p>
<p class="quiet">{id}. Covers {rows}. {seconds} s.</p>
{body}
<p class="back"><a href="#procedures">All procedures</a></p>
</article>
"""
_WORDS = ("passed", "failed", "skipped")
Table = tuple[str, ...]


def report(runs: Iterable[Run]) -> str:
    """The whole page."""
    done = list(runs)
    title = escape(", ".join(each.target for each in done))
    shown = "\n".join(_run(each) for each in done)
    return _PAGE.format(title=title, style=_STYLE, runs=shown)


def _run(run: Run) -> str:
    others = ((run.count(word), word) for word in ("failed", "skipped"))
    rest = "".join(f", {count} {word}" for count, word in others if count)
    roles = sorted({each.procedure.role for each in run.outcomes})
    steps = [done for each in run.outcomes for done in each.done]
    return _RUN.format(
        verdict=_verdict(run),
        passed=run.count("passed"),
        count=len(run.outcomes),
        rest=rest,
        bar=_bar(run),
        about=escape(SIDES[run.side][0].upper() + SIDES[run.side][1:]),
        roles=escape(", ".join(ROLES[each] for each in roles)) or "nobody",
        target=escape(run.target),
        started=f"{run.started_at:%Y-%m-%d %H:%M:%S}",
        seconds=f"{sum(each.seconds for each in run.outcomes):.0f}",
        messages=sum(1 + (each.answer is not None) + (each.later is not None) for each in steps),
        checks=sum(len(each.checks) for each in steps),
        failed=_failed(run),
        rows=_rows(run),
        procedures=_procedures(run),
        details="\n".join(_article(each) for each in run.outcomes),
    )


def _verdict(run: Run) -> str:
    if run.count("failed"):
        return f"{chip('failed')} The two systems do not yet work together as they should."
    if run.count("skipped"):
        return f"{chip('passed')} Everything that was run passed; some procedures were not run."
    return f"{chip('passed')} The two systems work together in every procedure."


def _bar(run: Run) -> str:
    return "".join(
        f'<span class="{word}" style="flex-grow: {run.count(word)}"></span>'
        for word in _WORDS
        if run.count(word)
    )


def _failed(run: Run) -> str:
    """What went wrong, in sentences; nothing if nothing did."""
    wrong = [each for each in run.outcomes if each.word == "failed"]
    if not wrong:
        return ""
    items = "\n".join(
        f"<li>{_link(each)} {escape(each.procedure.name)}"
        f"<ul>{''.join(f'<li>{escape(told)}</li>' for told in failures(each))}</ul></li>"
        for each in wrong
    )
    return (
        '<section aria-labelledby="failed">\n<h2 id="failed">What failed</h2>\n'
        f'<ul class="failures">{items}</ul>\n</section>'
    )


def _rows(run: Run) -> str:
    by_row: dict[str, list[Outcome]] = {}
    for outcome in run.outcomes:
        for row in outcome.procedure.rows:
            by_row.setdefault(row, []).append(outcome)
    told = ((row, escape(ROWS.get(row, "")), _counted(by_row[row])) for row in sorted(by_row))
    return _table(("Row", "About", "Procedures"), told)


def _counted(outcomes: list[Outcome]) -> str:
    count = {word: sum(each.word == word for each in outcomes) for word in _WORDS}
    return " ".join(f"{chip(word)} {number}" for word, number in count.items() if number)


def _procedures(run: Run) -> str:
    rows = (
        (
            _link(each),
            escape(each.procedure.name),
            escape(", ".join(each.procedure.rows)),
            f"{len(each.done) or len(each.procedure.steps)}",
            chip(each.word),
        )
        for each in run.outcomes
    )
    return _table(("ID", "Procedure", "Rows", "Steps", "Result"), rows)


def _table(heads: Table, rows: Iterable[Table]) -> str:
    """Cells are HTML already. On a phone each row is a card."""
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    body = "\n".join(f"<tr>{_cells(dict(zip(heads, row, strict=True)))}</tr>" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _cells(row: Mapping[str, str]) -> str:
    return "".join(f'<td data-label="{head}"><div>{cell}</div></td>' for head, cell in row.items())


def _link(outcome: Outcome) -> str:
    name = escape(outcome.procedure.id)
    return f'<a href="#{name}">{name}</a>'


def _article(outcome: Outcome) -> str:
    procedure = outcome.procedure
    steps = "\n".join(step(number, each) for number, each in enumerate(outcome.done, 1))
    skipped = f"<p>Skipped: {escape(outcome.skipped)}.</p>"
    return _ARTICLE.format(
        id=escape(procedure.id),
        name=escape(procedure.name),
        chip=chip(outcome.word),
        purpose=escape(procedure.purpose.strip()),
        rows=escape(", ".join(procedure.rows)),
        seconds=f"{outcome.seconds:.1f}",
        body=skipped if outcome.skipped else f"<ol>\n{steps}\n</ol>",
    )
