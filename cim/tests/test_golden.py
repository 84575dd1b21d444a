"""The messages as files that people can read, and their validity by two independent libraries."""

import re

import pytest
import xmlschema

from cim.catalogue import PAGE, catalogue
from cim.errors import MEANINGS
from cim.message_schema import schemas_of
from cim.nouns import NOUNS, Noun
from cim.tests.examples import GOLDEN, MESSAGES
from cim.validation import SCHEMAS, schema_names, schema_of, schema_path, validate
from cim.xml import parse, pretty


@pytest.mark.parametrize("name", MESSAGES)
def test_message_is_as_the_golden_file_says(name: str) -> None:
    assert pretty(MESSAGES[name]()) == (GOLDEN / f"{name}.xml").read_text(encoding="utf-8")


def test_no_golden_file_without_a_message() -> None:
    assert {path.stem for path in GOLDEN.glob("*.xml")} == set(MESSAGES)


@pytest.mark.parametrize("name", MESSAGES)
def test_message_is_valid_by_lxml(name: str) -> None:
    assert validate(MESSAGES[name]()) == []


@pytest.mark.parametrize("name", MESSAGES)
def test_message_is_valid_by_xmlschema(name: str) -> None:
    data = MESSAGES[name]()
    schema = xmlschema.XMLSchema(str(SCHEMAS / schema_of(data)), allow="local")
    schema.validate(data.decode())


@pytest.mark.parametrize("noun", NOUNS.values(), ids=NOUNS)
def test_every_noun_has_its_schemas(noun: Noun) -> None:
    assert schema_path(noun.profile_schema).is_file()
    for name, text in schemas_of(noun).items():
        assert schema_path(name).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", schema_names())
def test_schemas_import_only_sibling_files(name: str) -> None:
    root = parse(schema_path(name).read_bytes())
    space = "{http://www.w3.org/2001/XMLSchema}"
    for element in root.iter(f"{space}import", f"{space}include"):
        assert element.get("schemaLocation") in schema_names()


def test_only_our_schemas_are_served() -> None:
    for name in ("../nouns.py", "/etc/passwd", "Nothing.xsd", ""):
        with pytest.raises(KeyError):
            schema_path(name)


def test_the_catalogue_says_what_nouns_schemas_and_examples_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == catalogue(), "run python -m cim.catalogue"


def test_the_catalogue_names_every_noun_code_and_example() -> None:
    page = catalogue()
    assert all(f"\n## {noun}\n" in page for noun in NOUNS)
    assert all(f"\n| {code} | " in page for code in MEANINGS)
    shown = set(re.findall(r"golden/(\w+)\.xml", page))
    assert {path.stem for path in GOLDEN.glob("*.xml")} - shown == {"fault"}
