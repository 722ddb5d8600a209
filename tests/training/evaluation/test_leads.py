"""One model's customers under other leads. The window is 30 days long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from training.evaluation.leads import outcomes_by_lead


@pytest.fixture
def rows(operator: Any) -> pd.DataFrame:
    """Four customers at one date, none of whom has left under the own lead of 14 days."""
    operator.contract("day 20", "ported", 20)
    operator.contract("day 50", "ported", 50)
    operator.contract("day 80", "cancelled", 80)
    operator.contract("stays", "started", -300)
    return pd.DataFrame(
        {
            "customer_id": list(operator.customers),
            "as_of": pd.Timestamp(operator.at(0)),
            "payment_mode": "postpaid",
            "outcome": ["left", "stayed", "stayed", "stayed"],
        },
        index=[10, 11, 12, 13],
    )


def test_a_later_lead_counts_those_who_leave_later(operator: Any, rows: pd.DataFrame) -> None:
    found = outcomes_by_lead(operator.histories(), rows, operator.at(100), operator.rules)
    assert {lead: list(outcomes) for lead, outcomes in found.items()} == {
        14: ["left", "stayed", "stayed", "stayed"],  # days 14 to 44
        28: ["left_early", "left", "stayed", "stayed"],  # days 28 to 58
        56: ["left_early", "left_early", "left", "stayed"],  # days 56 to 86
    }
    assert all(list(outcomes.index) == [10, 11, 12, 13] for outcomes in found.values())


def test_a_label_that_is_not_known_yet_is_missing(operator: Any, rows: pd.DataFrame) -> None:
    """Known on day 28 + 30 + 2 (the feed's lag), and for prepaid customers 30 days later."""
    histories = operator.histories()

    def known(days: float, rows: pd.DataFrame) -> bool:
        (outcomes,) = outcomes_by_lead(
            histories, rows, operator.at(days), operator.rules, [28]
        ).values()
        assert outcomes.isna().nunique() == 1
        return bool(outcomes.notna().all())

    assert [known(days, rows) for days in (59, 60)] == [False, True]
    mixed = rows.assign(payment_mode=["prepaid", "postpaid", "postpaid", "postpaid"])
    assert [known(days, mixed) for days in (89, 90)] == [False, True]


def test_each_date_waits_for_itself(operator: Any, rows: pd.DataFrame) -> None:
    later = rows.assign(as_of=rows["as_of"] + timedelta(days=7)).set_axis([20, 21, 22, 23])
    both = pd.concat([rows, later])
    found = outcomes_by_lead(operator.histories(), both, operator.at(61), operator.rules, [28])[28]
    assert list(found.index) == list(both.index)
    assert found.loc[[10, 11, 12, 13]].notna().all()
    assert found.loc[[20, 21, 22, 23]].isna().all()


def test_without_rows_there_are_no_outcomes(operator: Any, rows: pd.DataFrame) -> None:
    found = outcomes_by_lead(operator.histories(), rows.head(0), operator.at(100), operator.rules)
    assert [len(outcomes) for outcomes in found.values()] == [0, 0, 0]
