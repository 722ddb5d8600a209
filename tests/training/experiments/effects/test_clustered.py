"""Errors of rows drawn together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_ind

from tests.training.experiments.drawn import drawn_trial
from training.experiments.effects.clustered import MIXED, clusters_of, covariance, interval
from training.experiments.effects.means import arm_means


def test_without_clusters_it_is_the_test_of_welch() -> None:
    trial = drawn_trial(1, rows=60, effects=(1.0,), shares=(0.3, 0.7), amounts=True)
    value, influence = arm_means(trial, trial.outcome).effect(np.array([0.0, 1.0]))
    found = interval(value, influence, clusters_of(trial), 0.95)
    welch = ttest_ind(trial.outcome[trial.arm == 1], trial.outcome[trial.arm == 0], equal_var=False)
    ends = welch.confidence_interval(0.95)
    assert found.p_value == pytest.approx(welch.pvalue, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), rel=1e-9)


def test_equal_rows_of_a_group_count_as_one() -> None:
    once = drawn_trial(2, rows=80, amounts=True)
    thrice = once.rows(np.repeat(np.arange(80), 3))
    thrice = replace(thrice, cluster=np.repeat(np.arange(80), 3))
    effect = np.array([0.0, 1.0])
    each = [
        interval(*arm_means(one, one.outcome).effect(effect), clusters_of(one), 0.9)
        for one in (once, thrice)
    ]
    assert each[0].width == pytest.approx(each[1].width, rel=1e-9)


def test_a_group_with_half_of_the_rows_makes_the_interval_wide() -> None:
    trial = drawn_trial(3, rows=400, amounts=True)
    even = replace(trial, cluster=np.arange(400) % 40, arm=np.arange(400) % 40 % 2)
    lumped = even.cluster.copy()  # type: ignore[union-attr]
    lumped[(even.arm == 1) & (np.arange(400) % 40 < 20)] = 1
    uneven = replace(even, cluster=lumped)
    effect = np.array([0.0, 1.0])
    widths = [
        interval(*arm_means(one, one.outcome).effect(effect), clusters_of(one), 0.95).width
        for one in (even, uneven)
    ]
    assert widths[1] > 1.05 * widths[0]


def test_groups_in_several_arms_are_known() -> None:
    trial = replace(drawn_trial(4, rows=6), arm=np.array([0, 0, 1, 1, 0, 1]))
    found = clusters_of(replace(trial, cluster=np.array([7, 7, 8, 8, 9, 9])))
    assert found.arm.tolist() == [0, 1, MIXED]
    assert found.rows.tolist() == [2, 2, 2]


def test_the_covariance_of_one_with_itself_is_its_variance() -> None:
    trial = drawn_trial(5, rows=200, group=4)
    influence = np.random.default_rng(1).normal(size=200)
    both = covariance(np.column_stack([influence, influence]), clusters_of(trial))
    np.testing.assert_allclose(both, both[0, 0])
