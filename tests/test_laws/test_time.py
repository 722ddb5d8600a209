"""Nothing that was learned later changes what was seen before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from features.feeds import FEEDS
from tests.facts import MOMENTS, Fact, Rows, rows
from tests.test_laws.operators import FEW, one_a_version, operators

DAY = timedelta(days=1)


def until(found: Rows, moment: datetime) -> Rows:
    return {key: row for key, row in found.items() if key[1] <= moment}


@settings(FEW, max_examples=8)
@given(operators(), st.sampled_from(MOMENTS))
def test_a_fact_known_at_or_after_a_moment_changes_nothing_at_it(
    facts: list[Fact], moment: datetime
) -> None:
    known = [(feed, row) for feed, row in facts if row["known_at"] < moment]
    assert until(rows(facts), moment) == until(rows(known), moment)


@settings(FEW, max_examples=5)
@given(operators(), st.sampled_from([moment for moment in MOMENTS if moment + DAY in MOMENTS]))
def test_one_more_day_of_data_alters_no_earlier_row(facts: list[Fact], moment: datetime) -> None:
    today = [(feed, row) for feed, row in facts if row["known_at"] < moment]
    tomorrow = [(feed, row) for feed, row in facts if row["known_at"] < moment + DAY]
    assert until(rows(today), moment) == until(rows(tomorrow), moment)


@settings(FEW, max_examples=5)
@given(operators(), st.sampled_from(MOMENTS))
def test_a_correction_never_changes_the_past(facts: list[Fact], moment: datetime) -> None:
    corrected = one_a_version(
        facts
        + [
            (feed, _corrected(feed, row) | {"known_at": max(moment, row["known_at"])})
            for feed, row in facts
        ]
    )
    assert until(rows(facts), moment) == until(rows(corrected), moment)


def _corrected(feed: str, row: dict[str, Any]) -> dict[str, Any]:
    """The fact with other numbers and words under the same key."""
    own = {column.name: column.type for column in FEEDS[feed].columns}
    return {
        name: value + 1
        if own.get(name) == "int64" and value not in (None, 5)
        else f"{value}x"
        if name in ("city", "plan", "category")
        else value
        for name, value in row.items()
    }
