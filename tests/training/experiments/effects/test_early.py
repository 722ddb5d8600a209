"""Intervals for those who look early hold at all looks together; the usual ones do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.training.experiments.drawn import drawn_trial
from training.experiments.effects.clustered import Clusters, clusters_of, interval
from training.experiments.effects.early import (
    NARROWEST,
    always_valid,
    deviates,
    raised,
    seen_so_far,
)
from training.experiments.effects.means import arm_means
from training.experiments.trial import Numbers, Trial

WEIGHTS = np.array([0.0, 1.0])


def test_it_is_wider_than_at_one_moment_and_most_so_far_from_it() -> None:
    assert 1.96 < deviates(1_000, 1_000, 0.95) < 3.1
    assert deviates(50, 1_000, 0.95) > deviates(1_000, 1_000, 0.95)
    assert deviates(1_000, 1_000, 0.9) < deviates(1_000, 1_000, 0.95)
    assert deviates(50 * NARROWEST, NARROWEST, 0.95) < 3.6


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_who_looks_every_day_is_seldom_misled(level: float) -> None:
    """At all steps of a random walk: as seldom as promised, and not needlessly so."""
    looks = np.arange(20, 4_000)
    steps = np.random.default_rng(1).normal(size=(2_000, 4_000)).cumsum(axis=1)[:, looks - 1]
    deviate = np.abs(steps) / np.sqrt(looks)
    bounds = np.array([deviates(int(look), NARROWEST, level) for look in looks])
    misled = (deviate > bounds).any(axis=1).mean()
    assert 0.3 * (1 - level) <= misled <= 1 - level
    assert (deviate > 1.96).any(axis=1).mean() > 0.25


@pytest.mark.slow
def test_who_looks_at_a_list_every_week_is_seldom_misled() -> None:
    """A tenth are controls, one in twenty leaves: at first none of the controls did."""
    usual, early, never_alike = 0, 0, 0
    for seed in range(300):
        looks = [_looked_at(trial) for trial in _weekly(seed)]
        usual += any(one[0] for one in looks)
        early += any(one[1] for one in looks)
        never_alike += any(one[2] for one in looks)
    assert early / 300 <= 0.05
    assert usual / 300 > 0.25
    assert never_alike / 300 > 0.08


def _weekly(seed: int) -> list[Trial]:
    """A list without effect at the end of each of its twelve weeks: who is still there."""
    random = np.random.default_rng(seed)
    rows = 4_000
    arm = (random.random(rows) < 0.9).astype(np.intp)
    weeks = random.exponential(12 / 0.05, rows)
    return [_trial(arm, (weeks > week).astype(float), 0.9) for week in range(1, 13)]


def _trial(arm: np.ndarray, outcome: Numbers, share: float) -> Trial:
    rows = len(arm)
    return Trial(
        arms=("control", "treated"),
        arm=arm,
        propensity=np.tile([1 - share, share], (rows, 1)),
        outcome=outcome,
        worth=outcome,
        cost=np.zeros((rows, 2)),
        covariates=pd.DataFrame(index=range(rows)),
    )


def _looked_at(trial: Trial) -> tuple[bool, bool, bool]:
    """Whether an effect is seen: by the usual interval, always, always without arms alike."""
    clusters = clusters_of(trial)
    value, influence = arm_means(trial, trial.outcome).effect(WEIGHTS)
    usual = interval(value, influence, clusters, 0.95)
    seen = seen_so_far(trial, clusters)
    times = raised(trial, trial.outcome, WEIGHTS, influence, clusters)
    found = [
        (usual.low, usual.high),
        always_valid(value, influence, clusters, 0.95, seen, times),
        always_valid(value, influence, clusters, 0.95, seen),
    ]
    by_usual, by_always, without = (not low <= 0 <= high for low, high in found)
    return by_usual, by_always, without


def test_arms_that_vary_alike_raise_nothing() -> None:
    trial = drawn_trial(1, effects=(0.0,), amounts=True)
    _, influence = arm_means(trial, trial.outcome).effect(WEIGHTS)
    assert raised(trial, trial.outcome, WEIGHTS, influence, clusters_of(trial)) < 1.05


def test_an_arm_without_an_event_counts_as_the_others() -> None:
    """2 of 100 left, none of 25: plain 0.02 * 0.98 / 100, alike 0.016 * 0.984 * (1/100 + 1/25)."""
    arm = np.repeat([0, 1], [25, 100])
    outcome = np.ones(125)
    outcome[-2:] = 0.0
    trial = _trial(arm, outcome, 0.8)
    clusters = clusters_of(trial)
    _, influence = arm_means(trial, outcome).effect(WEIGHTS)
    squares = 0.016 * 0.984 * 0.05 / (0.02 * 0.98 / 99)
    found = raised(trial, outcome, WEIGHTS, influence, clusters)
    assert found == pytest.approx(np.sqrt(squares), rel=1e-6)
    assert seen_so_far(trial, clusters) == 2


def test_of_amounts_every_cluster_informs_and_of_an_event_its_rarer_value() -> None:
    amounts = drawn_trial(1, group=4, amounts=True)
    assert seen_so_far(amounts, clusters_of(amounts)) == 500
    own = _trial(np.array([0, 1, 1, 0]), np.array([0.0, 0.0, 1.0, 1.0]), 0.5)
    together = Clusters(np.array([0, 0, 1, 1]), np.array([-1, -1]), np.array([2.0, 2.0]))
    assert seen_so_far(own, together) == 1
    assert seen_so_far(_trial(own.arm, np.ones(4), 0.5), clusters_of(own)) == 1


def test_it_surrounds_the_usual_interval() -> None:
    trial = drawn_trial(1, effects=(0.1,))
    clusters = clusters_of(trial)
    value, influence = arm_means(trial, trial.outcome).effect(WEIGHTS)
    usual = interval(value, influence, clusters, 0.95)
    low, high = always_valid(value, influence, clusters, 0.95, seen_so_far(trial, clusters))
    assert low < usual.low < usual.high < high
