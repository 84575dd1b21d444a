"""A rule of this folder: no Django. That foreign XML has one door is a rule of the house."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1]
SOURCES = [path for path in FOLDER.rglob("*.py") if "tests" not in path.parts]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_source_knows_no_django(path: Path) -> None:
    assert "django" not in path.read_text(encoding="utf-8")
