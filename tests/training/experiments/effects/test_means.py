"""Means of the arms: of known propensities, and sharpened by what was known before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training.experiments.drawn import drawn_trial
from training.experiments.effects.clustered import clusters_of, interval
from training.experiments.effects.means import arm_means

TREATED = np.array([0.0, 1.0])


def test_the_plain_effect_is_the_difference_of_means() -> None:
    trial = drawn_trial(1, shares=(1 / 3, 2 / 3))
    value, influence = arm_means(trial, trial.outcome).effect(TREATED)
    own = [trial.outcome[trial.arm == arm].mean() for arm in (0, 1)]
    assert value == pytest.approx(own[1] - own[0])
    assert influence.mean() == pytest.approx(0, abs=1e-12)


def test_propensities_that_differ_by_row_do_not_bias() -> None:
    random = np.random.default_rng(2)
    high = random.random(40_000) < 0.5
    chance = np.where(high, 0.8, 0.2)
    arm = (random.random(40_000) < chance).astype(np.intp)
    base = drawn_trial(2, rows=40_000)
    outcome = (random.random(40_000) < 0.2 + 0.4 * high + 0.05 * arm).astype(float)
    trial = replace(
        base, arm=arm, outcome=outcome, propensity=np.column_stack([1 - chance, chance])
    )
    value, _ = arm_means(trial, outcome).effect(TREATED)
    assert outcome[arm == 1].mean() - outcome[arm == 0].mean() > 0.2
    assert value == pytest.approx(0.05, abs=0.015)


def test_what_predicts_the_outcome_makes_the_interval_narrower() -> None:
    trial = drawn_trial(3, effects=(0.5,), amounts=True)
    score = trial.covariates["score"].to_numpy()
    clusters = clusters_of(trial)
    plain = interval(*arm_means(trial, trial.outcome).effect(TREATED), clusters, 0.9)
    adjusted = arm_means(trial, trial.outcome, score)
    sharp = interval(*adjusted.effect(TREATED), clusters, 0.9, 1)
    # The score explains 9 of 13 parts of the variance: sqrt(4 / 13) is left of the width.
    assert sharp.width / plain.width == pytest.approx(np.sqrt(4 / 13), abs=0.03)
    assert sharp.low < 0.5 < sharp.high


def test_a_prediction_that_says_nothing_changes_nothing() -> None:
    trial = drawn_trial(4, rows=20_000)
    useless = np.random.default_rng(1).normal(size=20_000)
    plain, _ = arm_means(trial, trial.outcome).effect(TREATED)
    adjusted, _ = arm_means(trial, trial.outcome, useless).effect(TREATED)
    assert adjusted == pytest.approx(plain, abs=1e-3)
    constant, _ = arm_means(trial, trial.outcome, np.ones(20_000)).effect(TREATED)
    assert constant == plain
