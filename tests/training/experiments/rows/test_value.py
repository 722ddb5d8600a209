"""The money of each row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.errors import SettingsError, TableRefused
from training.experiments.rows.outcome import read_outcome
from training.experiments.rows.value import cost_of_arms, value_brought

ROWS = pd.DataFrame(
    {
        "bought": ["yes", "no", "yes"],
        "price": ["10", "", "30.5"],
        "spent": ["0", "2", "4"],
        "would_cost": ["1", "2", "3"],
        "debt": ["-1", "0", "1"],
        "name": ["a", "b", "c"],
    }
)
ARM = np.array([0, 1, 1])


def value(given: str | None, outcome: str = "bought") -> list[float]:
    read = read_outcome(ROWS[outcome], outcome, None, None)
    return [float(one) for one in value_brought(ROWS, read, given)]


def test_a_value_is_that_of_each_event_or_unit() -> None:
    assert value("20") == [20, 0, 20]
    assert value("2,5") == [2.5, 0, 2.5]
    assert value("price") == [10, 0, 30.5]
    assert value("2", outcome="spent") == [0, 4, 8]
    assert value(None) == [1, 0, 1]


def test_a_cost_is_that_of_each_treated_row() -> None:
    assert cost_of_arms(ROWS, ARM, 2, "1.5").tolist() == [[0, 1.5]] * 3
    assert cost_of_arms(ROWS, ARM, 2, "would_cost").tolist() == [[0, 1], [0, 2], [0, 3]]
    # What was spent on the treated is known of the others on average only.
    assert cost_of_arms(ROWS, ARM, 2, "spent").tolist() == [[0, 3], [0, 2], [0, 4]]


@pytest.mark.parametrize(
    ("given", "refusal", "says"),
    [
        ("-1", SettingsError, "at least 0"),
        ("1,000", SettingsError, r"--\w+ is 1,000; expected an amount such as 12.5"),
        ("cheap", SettingsError, "an amount such as 12.5, or a column: bought"),
        ("debt", TableRefused, "1 rows below 0"),
        ("name", TableRefused, "is not numbers"),
    ],
)
def test_what_is_not_money_is_refused(given: str, refusal: type[Exception], says: str) -> None:
    with pytest.raises(refusal, match=says):
        value(given)
    with pytest.raises(refusal, match=says):
        cost_of_arms(ROWS, ARM, 2, given)


def test_money_that_is_missing_where_it_is_needed_is_refused() -> None:
    rows = ROWS.assign(price=["", "1", "2"], spent=["", "", "4"])
    read = read_outcome(rows["bought"], "bought", None, None)
    with pytest.raises(TableRefused, match="empty in 1 rows whose outcome"):
        value_brought(rows, read, "price")
    with pytest.raises(TableRefused, match="empty in 1 rows that were treated"):
        cost_of_arms(rows, ARM, 2, "spent")
