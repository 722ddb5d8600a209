"""Learners of effects find who is changed, and nothing where no customer is."""

from __future__ import annotations

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from tests.training.uplift.worlds import world
from training.experiments.trial import Trial
from training.uplift.learners.effects import LEARNERS, fit, of_money
from training.uplift.learners.matrix import learn_reader

ROWS = 4000


def strong(arms: int = 2) -> tuple[Trial, np.ndarray]:
    """0.3 more where x1 is above 0, 0.2 less elsewhere; of a third arm the reverse."""
    draw = np.random.default_rng(1)
    one = world(1, ROWS, arms, "null").trial
    sign = np.where(one.covariates["x1"] > 0, 0.3, -0.2)
    effect = np.column_stack([0 * sign, sign, -sign][:arms])
    chance = 0.4 + effect[np.arange(ROWS), one.arm]
    outcome = (draw.random(ROWS) < chance).astype(float)
    return replace(one, outcome=outcome, worth=50 * outcome), effect


@pytest.mark.parametrize("learner", LEARNERS)
def test_every_learner_finds_a_strong_effect(learner: str) -> None:
    trial, effect = strong()
    found = fit(trial, 1, learner).effects(trial.covariates)
    assert found.shape == (ROWS, 2)
    assert not found[:, 0].any()
    error = found[:, 1] - effect[:, 1]
    assert (error**2).mean() < 0.25 * effect[:, 1].var()


def test_several_offers_are_learned_at_once_and_money_by_the_same_learner() -> None:
    trial, effect = strong(3)
    found = fit(of_money(trial), 1).effects(trial.covariates)
    for arm in (1, 2):
        assert np.corrcoef(found[:, arm], effect[:, arm])[0, 1] > 0.9
    assert found[:, 1].std() == pytest.approx(50 * effect[:, 1].std(), rel=0.25)


@pytest.mark.parametrize("learner", LEARNERS)
def test_without_an_effect_little_is_left_of_the_differences(learner: str) -> None:
    spread = []
    for seed in range(6):
        trial = world(seed, 1000, 2, "null").trial
        model = fit(trial, seed, learner)
        spread.append(float(model.effects(trial.covariates)[:, 1].std()))
    assert np.median(spread) < 0.02, spread


def test_rows_seen_again_and_rows_of_the_fit_have_about_the_same_effects() -> None:
    trial, _ = strong()
    model = fit(trial, 1)
    again = model.effects(trial.covariates)
    assert np.corrcoef(model.own[:, 1], again[:, 1])[0, 1] > 0.95
    one = model.effects(trial.covariates.iloc[[5]])
    assert one[0] == pytest.approx(again[5])


def test_the_mean_effect_is_that_of_the_draw_though_arms_are_unequal() -> None:
    trial, effect = strong()
    found = fit(trial, 1)
    assert found.mean[1] == pytest.approx(effect[:, 1].mean(), abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("learner", ["t", "x", "dr"])
def test_its_errors_are_not_larger_than_those_of_econml(learner: str) -> None:
    """With LightGBM's defaults under econml's learners, over six worlds of 3,000 rows."""
    meta = pytest.importorskip("econml.metalearners", reason="econml is not installed")
    dr = pytest.importorskip("econml.dr", reason="econml is not installed")

    def boosted(**more: int) -> lgb.LGBMRegressor:
        return lgb.LGBMRegressor(n_estimators=60, num_leaves=7, verbose=-1, n_jobs=1, **more)

    ours, theirs = [], []
    for seed in range(6):
        one = world(seed, 3000, 2, "mixed")
        trial, truth = one.trial, one.chance[:, 1] - one.chance[:, 0]
        matrix = learn_reader(trial.covariates).matrix(trial.covariates)
        matrix = np.nan_to_num(matrix, nan=-1)  # econml takes no missing values
        other = {
            "t": lambda: meta.TLearner(models=boosted()),
            "x": lambda: meta.XLearner(models=boosted()),
            "dr": lambda: dr.DRLearner(
                model_propensity=DummyClassifier(), model_regression=boosted(),
                model_final=boosted(),
            ),
        }[learner]()  # fmt: skip
        other.fit(trial.outcome, trial.arm, X=matrix)
        found = fit(trial, 1, learner).effects(trial.covariates)[:, 1]
        ours.append(((found - truth) ** 2).mean())
        theirs.append(((other.effect(matrix).ravel() - truth) ** 2).mean())
    assert np.mean(ours) < np.mean(theirs)
