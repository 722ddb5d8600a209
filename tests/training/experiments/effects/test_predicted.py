"""Predictions from before the draw, out of fold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.training.experiments.drawn import drawn_trial
from training.experiments.effects.predicted import predicted


def test_it_explains_what_the_covariates_explain() -> None:
    trial = drawn_trial(1, amounts=True)
    found = predicted(trial, trial.outcome, 1)
    assert found is not None
    assert np.corrcoef(found, trial.outcome)[0, 1] ** 2 > 0.6  # of 9 / 13


def test_no_row_explains_itself_even_through_its_group() -> None:
    # The only covariate is the group's own noise: a fit that saw the group would predict it.
    random = np.random.default_rng(2)
    group = np.arange(2_000) // 10
    trial = drawn_trial(2, group=10)
    level = random.normal(size=200)[group]
    outcome = 5 * level + random.normal(size=2_000)
    named = trial.covariates[[]].assign(name=np.char.add("g", (group % 200).astype(str)))
    found = predicted(replace(trial, covariates=named), outcome, 1)
    assert found is not None
    assert abs(np.corrcoef(found, outcome)[0, 1]) < 0.2


def test_too_little_to_predict_from_is_null() -> None:
    small = drawn_trial(3, rows=40)
    assert predicted(small, small.outcome, 1) is None
    trial = drawn_trial(3)
    bare = replace(trial, covariates=trial.covariates[[]])
    assert predicted(bare, bare.outcome, 1) is None
