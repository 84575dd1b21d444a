"""The procedures' files: complete, read strictly, and named."""

import subprocess
import sys
from pathlib import Path

import pytest

from interop.__main__ import main
from interop.procedure import SIDES, Procedure, ProcedureWrong, load
from interop.rows import ROWS

ROOT = Path(__file__).parents[2]
ALL = [each for side in SIDES for each in load(side)]


@pytest.mark.parametrize("procedure", ALL, ids=lambda each: each.id)
def test_a_procedure_says_what_it_is_for_and_checks_something(procedure: Procedure) -> None:
    assert procedure.rows
    assert set(procedure.rows) <= set(ROWS)
    assert procedure.purpose.endswith(".")
    checked = [step for step in procedure.steps if step.connection == "kept"]
    assert checked
    assert all(step.expect.result or not step.expect.message for step in checked)


@pytest.mark.parametrize("side", SIDES)
def test_the_list_names_every_procedure(side: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([side, "--list"]) == 0
    told = capsys.readouterr().out
    assert all(each.name in told for each in load(side))


GOOD = (
    'name = "n"\npurpose = "p."\nrows = ["M1"]\n[[steps]]\ndo = "d"\nsend = "get EndDeviceConfig"\n'
)
BAD = {
    "no TOML": ("=", "side/x.toml"),
    "no name": (GOOD.replace('name = "n"\n', ""), "name"),
    "no steps": (GOOD.split("[[steps]]", maxsplit=1)[0], "steps"),
    "an unknown field": ("color = 1\n" + GOOD, "color"),
    "an unknown field of a step": (GOOD + 'color = "red"\n', "color"),
    "an unknown expectation": (GOOD + "expect = { color = 1 }\n", "color"),
    "neither send nor again": (GOOD.replace("send", "name"), "send"),
    "an unknown damage": (GOOD + 'damage = "burnt"\n', "damage"),
    "an unknown form": (GOOD + 'form = "odd"\n', "form"),
    "a step that does not exist": (GOOD + 'message_id_of = "other"\n', "other"),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "side").mkdir()
    (tmp_path / "side" / "x.toml").write_text(text)
    with pytest.raises(ProcedureWrong, match=said):
        load("side", tmp_path)


def test_the_kit_needs_only_lxml_and_standardwebhooks() -> None:
    """A vendor has neither Django nor a web server."""
    program = (
        "import sys, runpy\n"
        "for name in ('django', 'aiohttp', 'requests', 'yaml'): sys.modules[name] = None\n"
        "sys.argv = ['interop', 'derms', '--list']\n"
        "runpy.run_module('interop', run_name='__main__')\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "D01-der-approved" in told.stdout
