"""The table of faults names tests that exist."""

import re

import pytest

from tests.house.test_budgets import ROOT

TABLE = (ROOT / "docs/reference/faults.md").read_text(encoding="utf-8")
FILES = [each for each in ROOT.rglob("test_*.py") if "var" not in each.relative_to(ROOT).parts]
NAMED = sorted(set(re.findall(r"\b(test_\w+(?:…|\.py)?)", TABLE)))


@pytest.mark.parametrize("name", NAMED)
def test_it_exists(name: str) -> None:
    if name.endswith(".py"):
        assert name in {each.name for each in FILES}
        return
    end = "" if name.endswith("…") else r"\("
    wanted = re.compile(rf"def {name.removesuffix('…')}{end}")
    assert any(wanted.search(each.read_text(encoding="utf-8")) for each in FILES)


def test_every_row_names_one() -> None:
    rows = [line for line in TABLE.splitlines() if re.match(r"\| F\d+ \|", line)]
    assert len(rows) == 16
    assert all(".py" in row for row in rows)
