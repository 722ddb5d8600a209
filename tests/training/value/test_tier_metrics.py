"""Kappa against scikit-learn and by hand, average precision against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, cohen_kappa_score

from training.value.tier_metrics import UpwardRanking, mean_absolute_error, quadratic_kappa


def test_kappa_is_scikit_learns() -> None:
    random = np.random.default_rng(1)
    actual = random.integers(0, 4, 300)
    predicted = np.clip(actual + random.integers(-1, 2, 300), 0, 3)
    own = quadratic_kappa(actual, predicted, 4, np.ones(300))
    assert own == pytest.approx(cohen_kappa_score(actual, predicted, weights="quadratic"))
    weight = random.integers(0, 4, 300).astype(float)
    weighted = cohen_kappa_score(actual, predicted, weights="quadratic", sample_weight=weight)
    assert quadratic_kappa(actual, predicted, 4, weight) == pytest.approx(weighted)


def test_a_miss_by_two_tiers_costs_four_times_one_by_one() -> None:
    """By hand: with the same shares chance would cost 7 squared steps, and 8 in the second."""
    actual = np.array([0, 0, 2, 2])
    one = quadratic_kappa(actual, np.array([0, 1, 2, 2]), 4, np.ones(4))
    two = quadratic_kappa(actual, np.array([0, 2, 2, 2]), 4, np.ones(4))
    assert one == pytest.approx(1 - 1 / 7)
    assert two == pytest.approx(1 - 4 / 8)


def test_where_all_are_in_one_tier_kappa_is_null() -> None:
    assert quadratic_kappa(np.zeros(3, int), np.zeros(3, int), 4, np.ones(3)) is None


@pytest.mark.parametrize("digits", [1, 8])
def test_average_precision_is_scikit_learns_with_ties_and_weights(digits: int) -> None:
    random = np.random.default_rng(2)
    moved = (random.random(400) < 0.2).astype(float)
    score = np.round(random.random(400) + 0.3 * moved, digits)
    weight = random.integers(0, 3, 400).astype(float)
    expected = average_precision_score(moved, score, sample_weight=weight)
    assert UpwardRanking(moved, score).average_precision(weight) == pytest.approx(expected)


def test_one_score_for_all_has_the_share_that_moved() -> None:
    moved = np.array([1.0, 0, 0, 0])
    assert UpwardRanking(moved, np.zeros(4)).average_precision(np.ones(4)) == 0.25


def test_without_a_mover_or_a_row_precision_is_null() -> None:
    assert UpwardRanking(np.zeros(3), np.arange(3.0)).average_precision(np.ones(3)) is None
    assert UpwardRanking(np.empty(0), np.empty(0)).average_precision(np.empty(0)) is None


def test_an_error_counts_as_often_as_its_row() -> None:
    actual, predicted = np.array([10.0, 20.0]), np.array([11.0, 17.0])
    assert mean_absolute_error(actual, predicted, np.array([1.0, 1.0])) == 2.0
    assert mean_absolute_error(actual, predicted, np.array([1.0, 3.0])) == 2.5
    assert mean_absolute_error(actual, predicted, np.zeros(2)) is None
