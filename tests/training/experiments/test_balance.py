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
    mixed = replace(trial, covariates=trial.covariates[[]], cluster=np.arange(2_000) // 4)
    assert balance(mixed, 1).chance == 1


def with_rare_levels(seed: int, rows: int, shares: tuple[float, ...], columns: int) -> Trial:
    """Texts of a few frequent and many rare values, drawn without regard to the arm."""
    trial = drawn_trial(seed, rows=rows, shares=shares, effects=(0.0,) * (len(shares) - 1))
    random = np.random.default_rng(1_000 + seed)
    frequent = 1 / np.arange(1, 41) ** 1.7
    texts = {
        f"text{place}": random.choice(40, rows, p=frequent / frequent.sum()).astype(str)
        for place in range(columns)
    }
    return replace(trial, covariates=pd.DataFrame(texts).astype(object))


def test_a_rare_level_that_a_small_arm_has_none_of_is_chance() -> None:
    # None of 29 rows in an arm of a tenth: by chance so in 5 % of draws.
    trial = drawn_trial(2, shares=(0.1, 0.9))
    rare = np.full(2_000, "usual", dtype=object)
    rare[np.flatnonzero(trial.arm == 1)[:29]] = "rare"
    found = balance(replace(trial, covariates=pd.DataFrame({"text": rare})), 1)
    assert 0.02 < found.columns["text"] < 0.2
    assert found.differing == []


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.95, 0.05), (0.1, 0.3, 0.6)])
def test_many_columns_with_rare_levels_do_not_make_arms_differ(shares: tuple[float, ...]) -> None:
    failed = sum(
        not balance_check(balance(with_rare_levels(seed, 600, shares, 8), 1)).passed
        for seed in range(8)
    )
    assert failed == 0


def test_a_level_that_stands_in_one_arm_alone_is_found() -> None:
    trial = with_rare_levels(3, 2_000, (0.5, 0.5), 12)
    text = trial.covariates["text0"].copy()
    text.iloc[np.flatnonzero(trial.arm == 1)[:40]] = "new"
    found = balance(replace(trial, covariates=trial.covariates.assign(text0=text)), 1)
    assert found.differing == ["text0"]


def test_rows_of_different_propensities_are_compared_with_their_own() -> None:
    random = np.random.default_rng(5)
    tier = random.integers(0, 2, 3_000)
    share = np.where(tier == 1, 0.8, 0.3)
    trial = replace(
        drawn_trial(5, rows=3_000),
        arm=(random.random(3_000) < share).astype(np.intp),
        propensity=np.column_stack([1 - share, share]),
        covariates=pd.DataFrame({"tier": tier.astype(float)}),
    )
    assert balance_check(balance(trial, 1)).passed
    even = np.full((3_000, 2), 0.5)
    assert not balance_check(balance(replace(trial, propensity=even), 1)).passed
