"""What a feed's counts say of its clocks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ibis
import pandas as pd
import pytest

from features.doctor.tallies import Lateness, by_day, clocks, lateness_days, tally
from features.feeds import FEEDS
from tests.facts import day, fact, used

LAG_DAYS = 2


def counted(*facts: Any) -> pd.DataFrame:
    """The counts of these facts of one feed; columns without a value are excluded."""
    feed, rows = facts[0][0], pd.DataFrame([row for _, row in facts])
    for clock in ("event_time", "known_at"):
        rows[clock] = rows[clock].astype("datetime64[us]")
    frame: pd.DataFrame = ibis.duckdb.connect(threads=1).execute(
        tally(ibis.memtable(rows.dropna(axis=1)), FEEDS[feed], LAG_DAYS)
    )
    return frame


def test_rows_are_counted_by_the_day_they_speak_of() -> None:
    counts = counted(used("C1", 0), used("C2", 0), used("C1", 1, known=5))
    assert by_day(counts) == {day(0).date(): 2, day(1).date(): 1}
    found = clocks(counts)
    assert (found.first_event, found.last_event) == (day(0.999), day(1.999))
    assert (found.first_known, found.last_known) == (day(1, 3), day(5))


def test_a_bill_speaks_of_its_period_and_a_complaint_of_its_day() -> None:
    bill = fact("bills", "C1", day(30), period=date(2025, 6, 1))
    assert by_day(counted(bill)) == {date(2025, 6, 1): 1}
    complaint = fact("complaints", "C1", day(3, 14), complaint_id="K1", event="opened")
    assert by_day(counted(complaint)) == {day(3).date(): 1}


def test_use_is_late_if_its_week_was_closed_before_it_was_known() -> None:
    # The week of day 0 ends with day 6 and is closed two days later.
    punctual, late = used("C1", 0, known=8.9), used("C1", 1, known=9)
    found = clocks(counted(punctual, late, used("C1", 7, known=9)))
    assert found.after_close_share == pytest.approx(1 / 3)
    bill = fact("bills", "C1", day(30), day(300), period=date(2025, 6, 1))
    assert clocks(counted(bill)).after_close_share is None


def test_lateness_is_shown_in_days_by_whole_hours() -> None:
    counts = pd.DataFrame({"late_hours": [6, 6, 48, 480], "rows": [40, 54, 5, 1]})
    assert lateness_days(counts) == Lateness(median=0.25, p95=2.0, p99=2.0)


def test_the_day_on_which_most_became_known() -> None:
    found = clocks(counted(used("C1", 0, known=30), used("C1", 9, known=30), used("C1", 12)))
    assert found.bulk_day == datetime(2025, 7, 2).date()
    assert found.bulk_share == pytest.approx(2 / 3)
