"""The outcomes as JUnit XML, for the machine that runs the kit."""

from collections.abc import Iterable

from lxml import etree

from interop.running import Outcome, Run


def junit(runs: Iterable[Run]) -> bytes:
    """One testsuite for each run, one testcase for each procedure."""
    root = etree.Element("testsuites", name="interoperability")
    for run in runs:
        suite = etree.SubElement(
            root,
            "testsuite",
            name=run.side,
            timestamp=run.started_at.strftime("%Y-%m-%dT%H:%M:%S"),
            tests=str(len(run.outcomes)),
            failures=str(run.count("failed")),
            skipped=str(run.count("skipped")),
            errors="0",
            time=_seconds(sum(each.seconds for each in run.outcomes)),
        )
        for outcome in run.outcomes:
            _case(suite, run, outcome)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _case(suite: etree._Element, run: Run, outcome: Outcome) -> None:
    name = f"{outcome.procedure.id}: {outcome.procedure.name}"
    case = etree.SubElement(
        suite,
        "testcase",
        classname=f"interop.{run.side}",
        name=name,
        time=_seconds(outcome.seconds),
    )
    if outcome.skipped:
        etree.SubElement(case, "skipped", message=_printable(outcome.skipped))
    elif outcome.word == "failed":
        told = failures(outcome)
        failure = etree.SubElement(case, "failure", message=_printable(told[0]))
        failure.text = _printable("\n".join(told))


def failures(outcome: Outcome) -> list[str]:
    """A sentence for each check that failed."""
    return [
        f"step {number}: {check.says}: {check.detail}"
        for number, done in enumerate(outcome.done, 1)
        for check in done.checks
        if not check.passed
    ]


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)
