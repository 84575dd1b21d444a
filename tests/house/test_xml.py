"""Foreign XML has one door, ``cim.xml``: no other module of ours can parse any."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOOR = ROOT / "cim" / "xml.py"
# Measures how long the bare parser takes, on a message of its own.
MEASURES = ROOT / "bench" / "p10_xml_in.py"
PARSERS = frozenset(
    {
        "ETCompatXMLParser", "ElementTree", "HTML", "HTMLParser", "HTMLPullParser", "XInclude",
        "XML", "XMLDTDID", "XMLID", "XMLParser", "XMLPullParser", "XSLT", "fromstring",
        "fromstringlist", "iterparse", "parse", "parseid",
    }
)  # fmt: skip
CALLS = frozenset(f"etree.{name}" for name in PARSERS)
MODULES = (
    "bs4", "defusedxml", "html5lib", "lxml.ElementInclude", "lxml.html", "lxml.objectify",
    "lxml.sax", "pyexpat", "untangle", "xml", "xmlschema", "xmltodict", "zeep",
)  # fmt: skip


def sources() -> list[Path]:
    """Our code; tests may play a foreign client."""
    found = [path for path in ROOT.rglob("*.py") if "tests" not in path.relative_to(ROOT).parts]
    hidden = (".venv", "node_modules", "build")
    return [
        path
        for path in sorted(found)
        if path not in (DOOR, MEASURES)
        and not any(part.startswith(hidden) for part in path.relative_to(ROOT).parts)
    ]


def parsers_in(source: str) -> Iterator[str]:
    """Each parser that a source could call, by whatever name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            yield from (name for name in names if is_parser(name) or name == "lxml.etree")
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from imported(node)
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in CALLS:
            yield ast.unparse(node)


def imported(node: ast.ImportFrom) -> Iterator[str]:
    for alias in node.names:
        name = f"{node.module}.{alias.name}"
        is_renamed = name == "lxml.etree" and alias.asname is not None
        is_taken = node.module == "lxml.etree" and alias.name in PARSERS | {"*"}
        if is_parser(name) or is_renamed or is_taken:
            yield name


def is_parser(name: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in MODULES)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_other_xml_parser_is_used(path: Path) -> None:
    assert list(parsers_in(path.read_text(encoding="utf-8"))) == []


def test_the_door_is_where_it_is_looked_for() -> None:
    assert list(parsers_in(DOOR.read_text(encoding="utf-8")))
    assert len(sources()) > 200


@pytest.mark.parametrize(
    "source",
    [
        "from lxml import etree\netree.fromstring(b'')",
        "from lxml import etree\netree.parse('a')",
        "from lxml import etree\netree.XML('a')",
        "from lxml import etree\netree.HTML('a')",
        "from lxml import etree\netree.iterparse('a')",
        "from lxml import etree\netree.ElementTree(file='a')",
        "from lxml import etree as tree\ntree.fromstring(b'')",
        "import lxml.etree",
        "from lxml.etree import fromstring",
        "from lxml.etree import *",
        "import lxml.html",
        "from lxml import html",
        "from lxml import objectify",
        "import xml.etree.ElementTree as ET",
        "from xml.etree import ElementTree",
        "import xml.sax",
        "from xml.sax.saxutils import escape",
        "from xml.dom import minidom, pulldom",
        "from xml.dom.minidom import parseString",
        "from xml.parsers import expat",
        "import pyexpat",
        "import xmltodict",
        "def f():\n    from xml.dom.expatbuilder import parse",
    ],
)
def test_the_rule_can_be_broken(source: str) -> None:
    assert list(parsers_in(source))


@pytest.mark.parametrize(
    "source",
    ["from lxml import etree\netree.tostring(a)", "from cim.xml import parse\nparse(b'')"],
)
def test_writing_and_the_door_are_allowed(source: str) -> None:
    assert list(parsers_in(source)) == []
