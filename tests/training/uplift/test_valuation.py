"""Values and their intervals, by hand and in simulation."""

from __future__ import annotations

import numpy as np
import pytest

from training.uplift.valuation import joint, value_of


def test_a_mean_has_the_interval_of_students_t() -> None:
    """1, 2, 3, 4: mean 2.5, error sqrt(5 / 12), t of three degrees of freedom 3.182."""
    found = value_of(np.array([1.0, 2, 3, 4]), np.arange(4))
    assert found.value == pytest.approx(2.5)
    assert found.high == pytest.approx(2.5 + 3.182446 * np.sqrt(5 / 12), rel=1e-5)


def test_rows_of_one_cluster_are_one_witness() -> None:
    """Each row twice: without clusters the interval would be narrower by about the root of 2."""
    each = np.arange(50.0)
    once = value_of(each, np.arange(50))
    twice = value_of(np.repeat(each, 2), np.repeat(np.arange(50), 2))
    assert twice.low == pytest.approx(once.low)
    assert twice.high == pytest.approx(once.high)


def test_the_intervals_of_many_figures_hold_together() -> None:
    """Of 200 draws of eight independent zeros all are covered in about 95 %; alone only in 66 %."""
    draw = np.random.default_rng(4)
    together = alone = 0
    for seed in range(200):
        each = draw.normal(size=(100, 8))
        found = joint(each, np.arange(100), seed)
        together += all(one.low <= 0 <= one.high for one in found)  # type: ignore[operator]
        own = [value_of(column, np.arange(100)) for column in each.T]
        alone += all(one.low <= 0 <= one.high for one in own)  # type: ignore[operator]
    assert 0.91 <= together / 200 <= 0.98
    assert alone / 200 < 0.8


def test_figures_that_are_equal_need_no_interval() -> None:
    found = joint(np.zeros((10, 2)), np.arange(10), 1)
    assert [(one.value, one.low, one.high) for one in found] == [(0, 0, 0)] * 2
