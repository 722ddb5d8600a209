"""Intervals for those who look early hold at all looks together; the usual ones do not."""

from __future__ import annotations

import numpy as np

from tests.training.experiments.drawn import drawn_trial
from training.experiments.effects.clustered import clusters_of, interval
from training.experiments.effects.early import always_valid, deviates
from training.experiments.effects.means import arm_means


def test_it_is_wider_than_at_one_moment_and_most_so_far_from_it() -> None:
    assert 1.96 < deviates(1_000, 1_000, 0.95) < 3.1
    assert deviates(50, 1_000, 0.95) > deviates(1_000, 1_000, 0.95)
    assert deviates(1_000, 1_000, 0.9) < deviates(1_000, 1_000, 0.95)


def test_who_looks_every_day_is_seldom_misled() -> None:
    looks = np.linspace(200, 4_000, 12).astype(int)
    steps = np.random.default_rng(1).normal(size=(2_000, 4_000)).cumsum(axis=1)[:, looks - 1]
    deviate = np.abs(steps) / np.sqrt(looks)
    bounds = np.array([deviates(int(look), 2_000, 0.9) for look in looks])
    assert (deviate > bounds).any(axis=1).mean() <= 0.1
    assert (deviate > 1.645).any(axis=1).mean() > 0.25


def test_it_surrounds_the_usual_interval() -> None:
    trial = drawn_trial(1, effects=(0.1,))
    value, influence = arm_means(trial, trial.outcome).effect(np.array([0.0, 1.0]))
    usual = interval(value, influence, clusters_of(trial), 0.95)
    low, high = always_valid(value, influence, clusters_of(trial), 0.95)
    assert low < usual.low < usual.high < high
