"""Where periods begin and end."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from serving.analyses.periods import edges_of


def test_weeks_begin_on_monday_and_the_first_may_be_short() -> None:
    found = edges_of(datetime(2026, 1, 1), datetime(2026, 1, 14), "week")  # a Thursday
    assert [f"{edge:%F}" for edge in found] == [
        "2026-01-01", "2026-01-05", "2026-01-12", "2026-01-14",
    ]  # fmt: skip


def test_the_whole_is_one_period() -> None:
    both = datetime(2026, 1, 1), datetime(2027, 6, 14)
    assert edges_of(*both, "whole") == both


@given(st.dates(datetime(2000, 1, 1).date(), datetime(2030, 1, 1).date()), st.integers(1, 800))
def test_months_ascend_and_begin_on_the_first(day: date, days: int) -> None:
    since = datetime(day.year, day.month, day.day)
    edges = edges_of(since, since + timedelta(days=days), "month")
    assert (edges[0], edges[-1]) == (since, since + timedelta(days=days))
    assert list(edges) == sorted(set(edges))
    assert all(edge.day == 1 for edge in edges[1:-1])
