"""Doubly robust scores are right on average, whatever the models are."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.uplift.worlds import world
from training.uplift.learners.outcomes import doubly_robust, prepare


def test_three_rows_by_hand() -> None:
    trial = world(1, 100, 2).trial.rows(np.arange(2))
    expected = np.array([[0.2, 0.4], [0.5, 0.5]])
    found = doubly_robust(trial, np.array([1.0, 0.0]), expected)
    share = trial.propensity[0]
    for row, came in enumerate((1.0, 0.0)):
        arm = trial.arm[row]
        own = expected[row, arm] + (came - expected[row, arm]) / share[arm]
        assert found[row, arm] == pytest.approx(own)
        assert found[row, 1 - arm] == expected[row, 1 - arm]


def test_wrong_models_leave_the_mean_and_good_ones_narrow_it() -> None:
    one = world(5, 6000, 3)
    prepared = prepare(one.trial, 1)
    wrong = np.tile([0.9, 0.0, 0.4], (6000, 1))
    for scores in (prepared.scores, doubly_robust(one.trial, one.trial.outcome, wrong)):
        error = scores.std(axis=0) / np.sqrt(6000)
        assert (np.abs(scores.mean(axis=0) - one.chance.mean(axis=0)) < 3.5 * error).all()
    plain = doubly_robust(one.trial, one.trial.outcome, np.zeros((6000, 3)))
    assert (prepared.scores.std(axis=0) < plain.std(axis=0)).all()


def test_outcomes_of_new_rows_are_those_of_the_models() -> None:
    one = world(6, 2000, 2).trial
    prepared = prepare(one, 1)
    found = prepared.outcomes(prepared.reader.matrix(one.covariates))
    assert found.shape == (2000, 2)
    assert np.corrcoef(found[:, 0], prepared.expected[:, 0])[0, 1] > 0.9
