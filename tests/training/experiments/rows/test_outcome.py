"""What came of each row, as tables write it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.errors import NotEnoughData, TableRefused
from training.experiments.rows.outcome import Outcome, read_outcome


def read(values: list[str], positive: str | None = None, name: str = "result") -> Outcome:
    return read_outcome(pd.Series(values), name, positive, None)


@pytest.mark.parametrize("values", [["0", "1", ""], ["no", "Yes", ""], ["否", "是", ""]])
def test_plain_yes_and_no_are_an_event(values: list[str]) -> None:
    found = read(values)
    assert found.is_event
    np.testing.assert_array_equal(found.values, [0, 1, np.nan])


def test_words_need_the_one_that_counts() -> None:
    found = read(["stayed", "gone", "moved", ""], "stayed")
    np.testing.assert_array_equal(found.values, [1, 0, 0, np.nan])
    with pytest.raises(TableRefused, match="with --positive which one counts"):
        read(["stayed", "gone"])
    with pytest.raises(TableRefused, match="no row has result = 'back'; its values are: 'stayed'"):
        read(["stayed", "gone"], "back")


def test_amounts_are_read_as_they_are_written() -> None:
    found = read(["1.234,50", "0,00", "", "2,25"])
    assert not found.is_event
    np.testing.assert_array_equal(found.values, [1234.5, 0, np.nan, 2.25])


@pytest.mark.parametrize("values", [["1", "1"], ["yes", "yes"], ["2.5", "2.5", ""], ["", ""]])
def test_the_same_outcome_everywhere_is_refused(values: list[str]) -> None:
    with pytest.raises(NotEnoughData):
        read(values)


def test_an_outcome_to_avoid_is_turned() -> None:
    assert read(["1", "0"], name="churned").good.tolist() == [0, 1]
    assert read(["3.5", "0"], name="complaints").good.tolist() == [-3.5, 0]
    assert read(["1", "0"]).good.tolist() == [1, 0]
