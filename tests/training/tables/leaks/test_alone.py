"""How far the classes lie apart by one column: by the whole curve, or at its best point."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.tables.leaks.alone import alone, auc_alone, separation

COUNT = 20_000
RANDOM = np.random.default_rng(8)
CHURNED = (RANDOM.random(COUNT) < 0.2).astype(float)
FOLD = np.arange(COUNT) % 4


def test_two_normal_classes_two_deviations_apart_are_found_to_be_so() -> None:
    own = alone(pd.Series(CHURNED * 2 + RANDOM.normal(size=COUNT)), CHURNED, FOLD)
    assert own.separation == pytest.approx(2.0, abs=0.1)
    assert own.auc == pytest.approx(0.921, abs=0.01)  # the normal distribution at sqrt(2)


def test_a_flag_is_judged_at_its_point_and_not_by_its_area() -> None:
    flag = np.where(CHURNED == 1, RANDOM.random(COUNT) < 0.7, RANDOM.random(COUNT) < 0.03)
    own = alone(pd.Series(flag.astype(float)), CHURNED, FOLD)
    assert own.found == pytest.approx(0.7, abs=0.02)
    assert own.among == pytest.approx(0.03, abs=0.01)
    # z(0.7) - z(0.03) = 2.405; by its area of 0.835 it would be 1.378
    assert own.separation == pytest.approx(2.36, abs=0.07)
    assert separation(own.auc) == pytest.approx(1.38, abs=0.05)


def test_which_class_counts_as_positive_does_not_matter() -> None:
    flag = np.where(CHURNED == 1, RANDOM.random(COUNT) < 0.6, RANDOM.random(COUNT) < 0.05)
    values = pd.Series(flag.astype(float))
    one, other = alone(values, CHURNED, FOLD), alone(values, 1 - CHURNED, FOLD)
    assert one.separation == pytest.approx(other.separation)
    assert (one.found, one.among) == (other.found, other.among)


def test_noise_separates_nothing_and_few_rows_count_for_less() -> None:
    assert abs(alone(pd.Series(RANDOM.normal(size=COUNT)), CHURNED, FOLD).separation) < 0.1
    score = pd.Series(CHURNED * 2 + RANDOM.normal(size=COUNT))
    few = alone(score[:150], CHURNED[:150], FOLD[:150])
    assert few.separation < alone(score, CHURNED, FOLD).separation - 0.1


def test_a_number_is_binned_and_missing_is_a_bin_of_its_own() -> None:
    values = pd.Series(np.where(CHURNED == 1, np.nan, RANDOM.normal(size=COUNT)))
    assert auc_alone(values, CHURNED, FOLD) == 1.0
