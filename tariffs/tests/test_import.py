"""CA1: the tariff book comes in whole, once, and never changes under a customer."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tariffs import services
from tariffs.models import Tariff, TariffVersion
from tariffs.rules import RULES, RuleError
from tariffs.services import import_tariff_book

from .factories import NOON, make_customer, make_der, user_of

BOOK = Path(__file__).resolve().parents[1] / "data" / "tariff_book.json"


def entry(**fields: Any) -> dict[str, Any]:
    """One tariff as in the book."""
    return {
        "code": "B-1",
        "version": "1",
        "title": "Book tariff",
        "utility": "Fairview Power",
        "summary": "For tests.",
        "source": [{"text": "Sheet 1", "url": "https://fairview.example/1"}],
        "technologies": ["solar", "storage"],
        "valid_from": "2026-01-01",
        "valid_to": None,
        "currency": "USD",
        "rules": [{"rule": "requires_interval_meter", "params": {}}],
        "pricing": {"fixedchargefirstmeter": 15, "fixedchargeunits": "$/month"},
        "terms_text": "1. The terms.",
        "minimum_term_months": 12,
    } | fields


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write_book(*entries: dict[str, Any]) -> Path:
        path = tmp_path / "book.json"
        path.write_text(json.dumps({"tariffs": entries}), "utf-8")
        return path

    return write_book


def test_the_book_of_the_house_comes_in_and_again_changes_nothing(db: None) -> None:
    import_tariff_book(path=BOOK)
    again = import_tariff_book(path=BOOK)
    entries = json.loads(BOOK.read_text("utf-8"))["tariffs"]
    assert (again.created, again.changed, again.unchanged) == (0, 0, len(entries))


def test_every_rule_of_the_book_has_a_file_and_every_file_a_rule() -> None:
    assert set(json.loads(BOOK.read_text("utf-8"))["rule_vocabulary"]) <= set(RULES)


def test_a_tariff_with_its_version(db: None, write: Any) -> None:
    assert import_tariff_book(path=write(entry())) == services.Imported(1, 0, 0)
    version = TariffVersion.objects.select_related("tariff").get(tariff__code="B-1")
    assert version.valid_from == date(2026, 1, 1)
    assert version.tariff.technologies == ["pv", "pv_storage", "storage"]
    assert version.tariff.source_url == "https://fairview.example/1"
    assert version.facts["minimum_term_months"] == 12
    assert len(version.terms_sha256) == 64


def test_a_second_version_joins_the_first(db: None, write: Any) -> None:
    second = entry(version="2", valid_from="2027-01-01", terms_text="1. New terms.")
    import_tariff_book(path=write(entry(valid_to="2027-01-01"), second))
    assert TariffVersion.objects.filter(tariff__code="B-1").count() == 2
    assert Tariff.objects.filter(code="B-1").count() == 1


def test_a_changed_text_needs_a_new_version(db: None, write: Any) -> None:
    import_tariff_book(path=write(entry()))
    with pytest.raises(services.VersionChanged, match="Tariff B-1, version 1: the terms differ"):
        import_tariff_book(path=write(entry(terms_text="1. Other terms.")))


def test_rules_may_be_mended_until_somebody_accepted(db: None, write: Any) -> None:
    import_tariff_book(path=write(entry()))
    assert import_tariff_book(path=write(entry(rules=[]))).changed == 1
    _accept(TariffVersion.objects.get(tariff__code="B-1"))
    with pytest.raises(services.VersionChanged, match="version 1: rules differs"):
        import_tariff_book(path=write(entry()))


def test_an_accepted_version_can_be_closed(db: None, write: Any) -> None:
    import_tariff_book(path=write(entry()))
    _accept(TariffVersion.objects.get(tariff__code="B-1"))
    assert import_tariff_book(path=write(entry(valid_to="2027-01-01"))).changed == 1


def _accept(version: TariffVersion) -> None:
    customer = make_customer()
    services.accept_tariff(
        version=version,
        der=make_der(customer),
        customer=customer,
        by=user_of(customer),
        name="Maria Alvarez",
        text_sha256=version.terms_sha256,
        at=NOON,
    )


def test_an_error_in_one_tariff_leaves_all_out(db: None, write: Any) -> None:
    wrong = entry(code="B-2", rules=[{"rule": "size_between", "params": {"max_w": "many"}}])
    with pytest.raises(RuleError, match=r"Tariff B-2: rule 1 \(size_between\): field 'max_w'"):
        import_tariff_book(path=write(entry(), wrong))
    assert not Tariff.objects.filter(code__startswith="B-").exists()


def test_a_missing_field_is_named(db: None, write: Any) -> None:
    short = entry()
    del short["terms_text"]
    with pytest.raises(services.TariffBookError, match="Tariff B-1: field 'terms_text' is missing"):
        import_tariff_book(path=write(short))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_none_are_refused(db: None, tmp_path: Path, number: str) -> None:
    path = tmp_path / "book.json"
    path.write_text(f'{{"tariffs": [{{"code": "B-1", "pricing": {number}}}]}}', "utf-8")
    with pytest.raises(services.TariffBookError, match=number):
        import_tariff_book(path=path)
