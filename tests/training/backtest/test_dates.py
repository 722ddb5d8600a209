"""Which dates are requested, and at which weeks a date is judged."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from features.errors import NotEnoughData, SettingsError
from training.backtest.dates import dates_between, followed, weeks_of

DATE = datetime(2026, 1, 5)
GAP = timedelta(days=76)


@pytest.mark.parametrize("every", ["0w", "w", "-1w", "4", "4d", "1.5w", "4w ", "1000w", ""])
def test_a_step_is_weeks(every: str) -> None:
    with pytest.raises(SettingsError, match=r"--every is .*; expected weeks, such as 4w"):
        weeks_of(every)


def test_both_ends_count_and_none_lies_after_the_last() -> None:
    assert dates_between(DATE, DATE, 4) == (DATE,)
    assert dates_between(DATE, DATE + timedelta(days=27), 4) == (DATE,)
    assert dates_between(DATE, DATE + timedelta(days=28), 4) == (DATE, DATE + timedelta(days=28))
    with pytest.raises(SettingsError, match="--from is 2026-01-06, which is after --to"):
        dates_between(DATE + timedelta(days=1), DATE, 4)


def test_a_week_counts_once_its_outcome_is_known() -> None:
    def weeks(end: datetime) -> int:
        return len(followed(DATE, 4, GAP, end))

    assert weeks(DATE + GAP) == 1
    assert weeks(DATE + GAP + timedelta(days=6)) == 1
    assert weeks(DATE + GAP + timedelta(days=7)) == 2
    assert weeks(DATE + 10 * GAP) == 4
    with pytest.raises(
        NotEnoughData, match="is known on 2026-03-22; the data end before 2026-03-2"
    ):
        weeks(DATE + GAP - timedelta(days=1))
