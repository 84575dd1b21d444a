"""The documents say what is so: states, traceability, links, and nothing unfinished."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.management import call_command

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
TRACEABILITY = ROOT / "docs" / "traceability.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
TEXTS = (
    "*.py",
    "*.md",
    "*.html",
    "*.toml",
    "*.txt",
    "*.css",
    "*.json",
    "*.in",
    "Makefile",
    ".ci/*",
)
LEFT_OUT = ("static/vendor/", "LICENSE")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```", re.DOTALL)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|TBD|lorem ipsum)\b")
MACHINE = re.compile(r"(?<![\w.])/(?:work|home/\w+|Users|root)/|\.\./(?:shared|seed)\b")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_drawn_states_are_those_of_the_code() -> None:
    call_command("draw_states", "--check")


def links(page: Path) -> Iterator[str]:
    for match in LINK.finditer(CODE.sub("", page.read_text(encoding="utf-8"))):
        yield match[1] or match[2]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_of_a_document_leads_somewhere(page: Path) -> None:
    lost = []
    for link in links(page):
        target, _, anchor = unquote(link).partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        found = page if not target else (page.parent / target).resolve()
        if not found.exists() or (anchor and anchor not in anchors(found)):
            lost.append(link)
    assert lost == []


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    if page.suffix != ".md":
        return set()
    headings = re.findall(r"^#+\s+(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {word.strip().replace(" ", "-") for word in words}


def rows() -> list[list[str]]:
    """The rows of the traceability table: row, what, code, test."""
    lines = TRACEABILITY.read_text(encoding="utf-8").splitlines()
    table = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in table[2:]]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_traced_row_names_tests_that_exist(row: list[str]) -> None:
    named = re.findall(r"`([^`]+)`", row[3])
    assert named
    for path in named:
        found = ROOT / path
        assert found.exists(), path
        assert found.is_file() or any(found.rglob("test_*.py")), path


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_traced_row_names_code_that_exists(row: list[str]) -> None:
    for named in re.findall(r"`([^`]+)`", row[2]):
        assert is_known(named), named


def is_known(named: str) -> bool:
    """A path, a dotted name whose last part may be a function or class, or a guard's name."""
    if (ROOT / named).exists():
        return True
    module, _, last = named.rpartition(".")
    places = [ROOT / named.replace(".", "/"), ROOT / module.replace(".", "/")]
    sources = [
        path for place in places for path in [*place.rglob("*.py"), place.with_suffix(".py")]
    ]
    if not module:
        sources = list((ROOT / "enrollment").rglob("*.py"))
    spelled = re.compile(rf"\b(?:def|class) {re.escape(last)}\b|[\"']{re.escape(last)}[\"']")
    return any(
        path.exists() and (path.stem == last or spelled.search(path.read_text(encoding="utf-8")))
        for path in sources
    )


def texts() -> Iterator[Path]:
    """Every text file of ours that is, or would be, under version control."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *TEXTS]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    for path in listed.stdout.split("\0"):
        found = ROOT / path
        if path and found.exists() and found != HERE and not path.startswith(LEFT_OUT):
            yield found


def test_nothing_is_left_unfinished() -> None:
    assert found_in_texts(UNFINISHED) == []


def test_no_machine_of_ours_is_named() -> None:
    assert found_in_texts(MACHINE) == []


def found_in_texts(wanted: re.Pattern[str]) -> list[str]:
    return [
        f"{name(path)}:{number}: {line.strip()[:120]}"
        for path in texts()
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if wanted.search(line)
    ]


def test_the_documents_that_a_reader_looks_for_are_there() -> None:
    for page in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE"):
        assert (ROOT / page).is_file(), page
