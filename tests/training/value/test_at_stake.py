"""Value at stake: twelve months of margin, survival and discount, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.windows import MONTH_DAYS
from training.value.at_stake import value_at_stake


def at_stake(
    margin: float, risk: float, mean: float = 0.02, days: int = 30, discount: float = 0.08
) -> float:
    one, now, later = (np.array([value]) for value in (margin, risk, mean))
    return float(value_at_stake(one, now, later, days, discount)[0])


def test_it_is_the_sum_of_the_design() -> None:
    survival, total = 1.0, 0.0
    for month in range(1, 13):
        risk = 0.3 if month == 1 else 0.02
        survival *= (1 - risk) ** (MONTH_DAYS / 30)
        total += survival * 50 * 1.08 ** (-month / 12)
    assert at_stake(50, 0.3) == pytest.approx(total)


def test_without_risk_and_discount_it_is_a_year_of_margin() -> None:
    assert at_stake(10, 0, mean=0, discount=0) == pytest.approx(120)


def test_a_longer_horizon_makes_the_same_risk_a_lower_one_a_month() -> None:
    assert at_stake(10, 0.2, days=60) > at_stake(10, 0.2, days=30)


def test_a_margin_below_zero_is_a_loss_and_none_is_none() -> None:
    assert at_stake(-10, 0.1) == pytest.approx(-at_stake(10, 0.1))
    assert np.isnan(at_stake(np.nan, 0.1))


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.99), st.floats(0, 0.5))
def test_more_risk_never_adds_value(low: float, high: float, mean: float, discount: float) -> None:
    low, high = sorted((low, high))
    less, more = at_stake(10, low, mean, 30, discount), at_stake(10, high, mean, 30, discount)
    assert 0 <= more <= less + 1e-9 <= 120 + 1e-6
