"""Rules of this folder: one door for foreign XML, no Django."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1]
SOURCES = [path for path in FOLDER.rglob("*.py") if "tests" not in path.parts]
PARSING = re.compile(r"etree\.(parse|fromstring|XML|iterparse)\b|xml\.etree|minidom|xml\.sax")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_source_keeps_the_rules(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert "django" not in source
    assert path.name == "xml.py" or not PARSING.search(source)
