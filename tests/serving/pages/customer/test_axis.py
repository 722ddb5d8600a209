"""One axis for all lanes: months of equal width, and a column for what came after the night."""

from __future__ import annotations

from datetime import datetime

from serving.pages.customer.axis import axis_of

NIGHT = datetime(2026, 3, 2)
NOW = datetime(2026, 3, 2, 15)


def test_the_last_month_is_the_nights() -> None:
    axis = axis_of(NIGHT, 3, [], NOW)
    assert axis.labels == [(2026, 1), (2026, 2), (2026, 3)]
    assert (axis.begin, axis.width, axis.until) == (datetime(2026, 1, 1), 300.0, None)
    places = [axis.place(datetime(2026, month, 1)) for month in (1, 2, 3, 4)]
    assert places == [0.0, 100.0, 200.0, 300.0]
    assert axis.place(datetime(2025, 12, 31)) < 0


def test_a_year_begins_again() -> None:
    assert axis_of(datetime(2026, 1, 5), 3, [], NOW).labels == [(2025, 11), (2025, 12), (2026, 1)]


def test_what_came_after_these_months_has_a_column_of_its_own() -> None:
    later = datetime(2026, 11, 30)
    axis = axis_of(NIGHT, 3, [datetime(2026, 3, 9), later], later)
    assert (axis.width, axis.until) == (400.0, later)
    assert 300 < axis.place(datetime(2026, 5, 1)) < axis.place(later) < 400
    assert axis_of(NIGHT, 3, [datetime(2026, 3, 9)], NOW).until is None
