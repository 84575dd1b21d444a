"""SR2, CA1: what is offered on a day, what it asks and what it pays."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tariffs.comparison import compare_offers
from tariffs.models import TariffVersion
from tariffs.prices import Charge, PriceSummary, summarize
from tariffs.selectors import (
    CheckItem,
    Offer,
    findings,
    offers_for,
    price_summary,
    terms_of,
    version_by_mrid,
    versions_valid_on,
)

from .factories import home, make_version

DAY = date(2026, 11, 24)
SUMMER = [0] * 16 + [1] * 5 + [0] * 3
WINTER = [2] * 24
PRICING = {
    "energyratestructure": [
        [{"rate": 0.29, "adj": 0.01, "sell": 0.05, "unit": "kWh", "max": 300}, {"rate": 0.4}],
        [{"rate": 0.5, "sell": 0.1}],
        [{"rate": None, "sell": None}],
    ],
    "energyweekdayschedule": [WINTER] * 5 + [SUMMER] * 4 + [WINTER] * 3,
    "energyweekendschedule": [WINTER] * 5 + [[0] * 24] * 4 + [WINTER] * 3,
    "fixedchargefirstmeter": 15,
    "fixedchargeunits": "$/month",
    "mincharge": None,
    "dgrules": "Net Billing Hourly",
    "note": "As of 2026.",
    "by_region": {"periods": ["day", "night"], "sell_per_kwh": {"Oahu": [0.1, None]}},
}


def prices() -> PriceSummary:
    return summarize(PRICING, {"events": {"max_events": 60}}, currency="USD")


@pytest.mark.parametrize(
    ("fields", "is_offered"),
    [
        ({"valid_from": None}, True),
        ({"valid_from": DAY}, True),
        ({"valid_from": date(2026, 11, 25)}, False),
        ({"valid_from": date(2026, 1, 1), "valid_to": date(2026, 11, 25)}, True),
        ({"valid_from": date(2026, 1, 1), "valid_to": DAY}, False),
        ({"facts": {"status": "superseded"}}, False),
        ({"facts": {"status": "closed_to_new"}}, False),
        ({"facts": {"status": "open"}}, True),
    ],
)
def test_a_version_takes_applications_in_its_time(
    db: None, fields: dict[str, Any], is_offered: bool
) -> None:
    version = make_version(**fields)
    assert versions_valid_on(DAY).filter(pk=version.pk).exists() is is_offered
    words = ["This tariff does not take applications now."]
    assert findings(version=version, facts=home(), on=DAY) == ([] if is_offered else words)


def test_eligible_offers_come_first_and_the_others_say_why(db: None) -> None:
    small = [{"rule": "size_between", "params": {"max_w": 5000}}]
    closed, fits = make_version("T-A", rules=small), make_version("T-B")
    ours = [o for o in offers_for(home(), DAY) if o.version.pk in (closed.pk, fits.pk)]
    assert [(o.version, o.is_eligible) for o in ours] == [(fits, True), (closed, False)]
    assert ours[1].findings == ("This tariff takes systems up to 5 kW; yours is 7.6 kW.",)


def test_terms_say_what_is_asked_and_what_is_checked_on_site(db: None) -> None:
    version = make_version(
        "T-TERMS",
        "3",
        rules=[
            {"rule": "requires_communication", "params": {"protocols": ["CSIP-AUS"]}},
            {"rule": "requires_interval_meter", "params": {"interval_minutes": 60}},
            {
                "rule": "export_limit_between",
                "params": {"mode": "dynamic", "max_w_per_phase": 10000},
            },
            {"rule": "requires_certified_equipment", "params": {"list": "CEC"}},
            {"rule": "requires_listed_equipment", "params": {"list": "the program's list"}},
            {"rule": "battery_mode", "params": {"any_of": ["solar only", "no export"]}},
        ],
        facts={"minimum_term_months": 36, "meter_requirement": "Interval meter"},
    )
    terms = terms_of(version)
    assert terms.requires_communication
    assert terms.minimum_term_months == 36
    assert terms.meter_requirement == "Interval meter"
    assert terms.checklist[0] == CheckItem(
        "Communication with the DER works", "By CSIP-AUS", "T-TERMS, version 3"
    )
    assert [item.expected for item in terms.checklist[1:]] == [
        "Interval meter, 60-minute values",
        "Dynamic limit, at most 10 kW per phase",
        "CEC",
        "the program's list",
        "solar only or no export",
    ]


def test_a_tariff_without_terms_asks_nothing(db: None) -> None:
    terms = terms_of(make_version())
    assert not terms.requires_communication
    assert terms.minimum_term_months is None
    assert terms.checklist == ()


def test_communication_may_be_required_by_a_fact_alone(db: None) -> None:
    assert terms_of(make_version(facts={"requires_communication": True})).requires_communication


def test_months_with_one_schedule_are_one_season() -> None:
    assert [season.label for season in prices().seasons] == ["October to May", "June to September"]


def test_hours_and_prices_of_a_period() -> None:
    low, peak = prices().seasons[1].periods
    assert (low.weekdays, low.weekends) == ("00:00 to 16:00, 21:00 to 24:00", "00:00 to 24:00")
    assert (low.import_per_kwh, low.export_per_kwh) == (Decimal("0.30"), Decimal("0.05"))
    assert (peak.weekdays, peak.weekends) == ("16:00 to 21:00", "")
    assert [(tier.up_to, tier.import_per_kwh) for tier in low.tiers] == [
        (Decimal(300), Decimal("0.30")),
        (None, Decimal("0.4")),
    ]


def test_what_is_not_known_is_none() -> None:
    (winter,) = prices().seasons[0].periods
    assert (winter.import_per_kwh, winter.export_per_kwh) == (None, None)
    assert prices().minimum_charge is None
    assert prices().fixed_charge == Charge(Decimal(15), "$/month")
    assert prices().regions[0].export_per_kwh == (("day", Decimal("0.1")), ("night", None))
    assert prices().events == ({"max_events": 60},)


@pytest.mark.parametrize("pricing", [{}, {"energyratestructure": None}])
def test_a_tariff_without_a_price_table(pricing: dict[str, None]) -> None:
    summary = summarize(pricing, {}, currency="USD")
    assert (summary.seasons, summary.fixed_charge, summary.settlement) == ((), None, "")
    assert summary.import_prices == summary.export_prices == []


def test_one_season_is_all_year() -> None:
    flat = {"energyratestructure": [[{"rate": 0.2}]], "energyweekdayschedule": [[0] * 24] * 12}
    (season,) = summarize(flat, {}, currency="USD").seasons
    assert season.label == "All year"


def test_the_comparison_has_one_cell_for_each_offer(db: None) -> None:
    priced = make_version("T-A", pricing=PRICING, facts={"control_rights": ["export limit"]})
    bare = make_version("T-B")
    rows = compare_offers([Offer(priced, ()), Offer(bare, ("Too large.",))])
    table = {row.label: row.cells for row in rows}
    assert table["Can you choose it?"] == ("Open to you", "Too large.")
    assert table["Price of energy you take"] == ("0.30 to 0.5 USD per kWh", "Not stated")
    assert table["Price of energy you export"] == ("0.05 to 0.1 USD per kWh", "Not stated")
    assert table["Fixed charge"] == ("15 $/month", "Not stated")
    assert table["Seasons"] == ("October to May; June to September", "Not stated")
    assert table["Control"] == ("export limit", "None")
    assert table["Communication"] == ("Not required", "Not required")


def test_a_version_is_found_by_its_mrid(db: None) -> None:
    version = make_version(pricing=PRICING)
    assert version_by_mrid(version.mrid) == version
    assert price_summary(version).fixed_charge == Charge(Decimal(15), "$/month")


def test_every_version_of_the_book_can_be_shown(db: None) -> None:
    for version in TariffVersion.objects.select_related("tariff"):
        terms_of(version)
        price_summary(version)
