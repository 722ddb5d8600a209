"""Whether more of an outcome is better, by its name."""

from __future__ import annotations

import pytest

from training.experiments.rows.direction import is_wanted


@pytest.mark.parametrize(
    ("outcome", "positive", "wanted"),
    [
        ("visit", "1", True),
        ("spend", None, True),
        ("is_churned", "1", False),
        ("isChurned", "1", False),
        ("not_churned", "1", True),
        ("left", "yes", False),
        ("days_left", None, False),
        ("complaints", None, False),
        ("churn", "no", True),
        ("status", "Cancelled", False),
        ("status", "active", True),
        ("是否离网", "是", False),
        ("未离网", "是", True),
        ("disconnected", "1", False),
        ("是否携出", "是", False),
        ("投诉次数", None, False),
        ("续约", "是", True),
    ],
)
def test_names_that_users_give(outcome: str, positive: str | None, wanted: bool) -> None:
    assert is_wanted(outcome, positive) is wanted
