"""Arms that are alike are rarely called unlike, and those that differ surely are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.training.experiments.drawn import drawn_trial
from training.experiments.balance import balance, balance_check
from training.experiments.trial import Trial


@pytest.mark.parametrize(("rows", "group"), [(300, 1), (2_000, 1), (300, 5)])
def test_p_values_of_arms_drawn_at_random_are_even(rows: int, group: int) -> None:
    chances = [
        balance(drawn_trial(seed, rows=rows, group=group, shares=(0.4, 0.6)), 1).chance
        for seed in range(24)
    ]
    assert 0.3 < np.mean(chances) < 0.7
    assert sum(chance < 0.05 for chance in chances) <= 4


def by_score(seed: int, slope: float) -> Trial:
    trial = drawn_trial(seed)
    chance = 1 / (1 + np.exp(-slope * trial.covariates["score"].to_numpy()))
    arm = (np.random.default_rng(seed).random(len(chance)) < chance).astype(np.intp)
    return replace(trial, arm=arm)


def test_arms_that_differ_in_one_column_are_refused_and_the_column_is_named() -> None:
    found = balance(by_score(3, 0.5), 1)
    assert found.differing == ["score"]
    check = balance_check(found)
    assert check.forbids
    assert "score 0." in check.message("en")


def test_arms_that_differ_in_spread_alone_are_found() -> None:
    trial = drawn_trial(4)
    score = trial.covariates["score"].where(trial.arm == 0, 1.6 * trial.covariates["score"])
    found = balance(replace(trial, covariates=trial.covariates.assign(score=score)), 1)
    assert "score" in found.differing


def test_rows_drawn_together_do_not_look_like_arms_that_differ() -> None:
    # The groups' rows are equal, so that a test of single rows would find a difference.
    found = []
    for seed in range(15):
        trial = drawn_trial(seed, rows=1_000, group=20)
        of_group = np.random.default_rng(seed).normal(size=50)[np.arange(1_000) // 20]
        same = replace(trial, covariates=pd.DataFrame({"of_group": of_group}))
        found.append(balance_check(balance(same, 1)).passed)
        if seed == 0:
            assert balance(replace(same, cluster=None), 1).chance < 0.01
    assert sum(found) >= 14


def test_without_covariates_nothing_is_claimed() -> None:
    trial = drawn_trial(1)
    check = balance_check(balance(replace(trial, covariates=trial.covariates[[]]), 1))
    assert check.passed
    assert "cannot be checked" in check.message("en")
