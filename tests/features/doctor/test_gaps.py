"""Days and months without rows, found in counts written down by hand."""

from __future__ import annotations

from datetime import date, timedelta

from features.doctor.gaps import (
    last_days_missing,
    missing_days,
    missing_months,
    months,
    thin_days,
)

MONDAY = date(2025, 6, 2)
LATER = date(2026, 1, 1)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def usual(weeks: int = 10, working: int = 100, weekend: int = 30) -> dict[date, int]:
    """So many rows on working days and at weekends."""
    return {day(n): weekend if day(n).weekday() > 4 else working for n in range(7 * weeks)}


def test_a_day_without_rows_is_missing_only_between_the_first_and_the_last() -> None:
    assert missing_days({day(3): 1, day(5): 1}) == [day(4)]
    assert missing_days({}) == []


def test_a_day_is_compared_with_its_own_weekday() -> None:
    rows = usual()
    assert thin_days(rows, LATER) == [], "a weekend is not a gap"
    rows[day(30)] = 30
    assert thin_days(rows, LATER) == [day(30)], "a Wednesday like a Sunday"
    rows[day(30)] = 50
    assert thin_days(rows, LATER) == [], "half is enough"


def test_an_operator_who_grows_has_no_thin_days() -> None:
    assert thin_days({day(n): 100 + 25 * n for n in range(300)}, LATER) == []


def test_what_is_still_on_its_way_is_not_thin() -> None:
    rows = usual()
    rows[day(67)] = 1
    assert thin_days(rows, day(67)) == []
    assert thin_days(rows, day(68)) == [day(67)]


def test_few_rows_are_thin_by_chance_and_a_start_has_nothing_to_compare_with() -> None:
    rows = dict.fromkeys(usual(), 50)
    rows[day(30)] = 20
    assert thin_days(rows, LATER) == []
    assert thin_days({day(0): 1, day(7): 100, day(14): 100}, LATER) == []


def test_the_last_days_are_those_before_the_moment() -> None:
    rows = {day(n): 1 for n in range(10) if n != 6}
    assert last_days_missing(rows, day(10)) == [day(6)]
    assert last_days_missing(rows, day(12)) == [day(6), day(10), day(11)]
    assert last_days_missing(rows, day(40)) == [day(n) for n in range(33, 40)]


def test_a_month_without_rows_is_missing_up_to_the_moment() -> None:
    rows = {date(2025, month, 3): 19 for month in (1, 2, 4)}
    assert missing_months(rows, date(2025, 5, 1)) == [(2025, 3)]
    assert missing_months(rows, date(2025, 6, 1)) == [(2025, 3), (2025, 5)]


def test_months_before_the_first_row_are_missing_where_more_should_be_known() -> None:
    rows = {date(2025, month, 3): 19 for month in (4, 5)}
    until = date(2025, 6, 1)
    assert missing_months(rows, until, date(2025, 2, 1)) == [(2025, 2), (2025, 3)]
    assert missing_months(rows, until, date(2025, 1, 31)) == [(2025, 2), (2025, 3)]
    assert missing_months(rows, until, date(2025, 2, 2)) == [(2025, 3)], "a part of a month is none"
    assert missing_months(rows, until, date(2025, 5, 20)) == []


def test_where_little_happens_an_empty_month_is_chance() -> None:
    assert missing_months({date(2025, 1, 3): 9, date(2025, 3, 3): 9}, date(2025, 4, 1)) == []
    assert missing_months({}, MONDAY) == []


def test_months_run_over_the_turn_of_the_year() -> None:
    assert months((2024, 11), (2025, 2)) == [(2024, 11), (2024, 12), (2025, 1)]
