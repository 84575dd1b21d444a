"""The budgets of ARCHITECTURE.md: short functions, short files, documented services."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "cim",
    "customers",
    "derms_simulator",
    "derportal",
    "engineering",
    "enrollment",
    "exchange",
    "interop",
    "registry",
    "tariffs",
    "workflow",
    "workorders",
)
OUTSIDE = ("migrations", "tests")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if not any(part in OUTSIDE for part in path.relative_to(ROOT).parts):
                yield path


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def body_lines(function: Function) -> int:
    """Lines from the first statement to the last, without the docstring."""
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 1


LENGTHS = {
    f"{path.relative_to(ROOT)}:{function.name}": body_lines(function)
    for path in sources()
    for function in functions(path)
}


def test_the_median_function_has_at_most_8_lines() -> None:
    assert median(LENGTHS.values()) <= 8


def test_nine_of_ten_functions_have_at_most_25_lines() -> None:
    assert quantiles(LENGTHS.values(), n=10)[-1] <= 25


def test_no_function_has_more_than_50_lines() -> None:
    assert {name: lines for name, lines in LENGTHS.items() if lines > 50} == {}


def test_no_file_has_more_than_400_lines() -> None:
    lines = {str(p.relative_to(ROOT)): len(p.read_text("utf-8").splitlines()) for p in sources()}
    assert {name: count for name, count in lines.items() if count > 400} == {}


def test_every_public_service_says_what_it_does() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{function.name}"
        for path in sources()
        if "services" in path.relative_to(ROOT).parts or path.name == "services.py"
        for function in functions(path)
        if not function.name.startswith("_") and not ast.get_docstring(function)
    ]
    assert silent == []


def test_no_app_is_imported_inside_a_function() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom)
        and (node.level or (node.module or "").split(".")[0] in ROOMS)
    ]
    assert found == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_is_empty(room: str) -> None:
    assert any((ROOT / room).rglob("*.py"))
