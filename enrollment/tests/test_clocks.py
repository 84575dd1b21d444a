"""Business days, and a utility's clock that stops while the applicant acts."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.clocks import (
    business_days_after,
    business_days_between,
    is_business_day,
    months_after,
)
from enrollment.models import Procedure

CALIFORNIA = Procedure(holiday_country="US", holiday_subdivision="CA", closed_days=["2026-12-24"])
DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))


def test_thanksgiving_is_not_counted() -> None:
    # Thanksgiving is Thursday, November 26, 2026; California also closes the day after.
    assert business_days_after(date(2026, 11, 24), 2, CALIFORNIA) == date(2026, 11, 30)


def test_the_utility_can_close_on_days_of_its_own() -> None:
    assert not is_business_day(date(2026, 12, 24), CALIFORNIA)


@pytest.mark.parametrize("day", [date(2026, 11, 28), date(2026, 11, 29)])
def test_weekends_are_not_business_days(day: date) -> None:
    assert not is_business_day(day, CALIFORNIA)


@given(DAYS, st.integers(0, 60))
def test_counting_forward_and_back_agree(start: date, days: int) -> None:
    end = business_days_after(start, days, CALIFORNIA)
    assert business_days_between(start, end, CALIFORNIA) == days


@given(DAYS, st.integers(0, 90), st.integers(0, 90))
def test_spans_add_up(start: date, first: int, second: int) -> None:
    middle = start + timedelta(days=first)
    end = middle + timedelta(days=second)
    whole = business_days_between(start, end, CALIFORNIA)
    parts = business_days_between(start, middle, CALIFORNIA) + business_days_between(
        middle, end, CALIFORNIA
    )
    assert whole == parts


def test_months_end_on_the_last_day_of_a_shorter_month() -> None:
    assert months_after(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert months_after(date(2026, 11, 24), 12) == date(2027, 11, 24)
