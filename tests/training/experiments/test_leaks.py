"""Columns from after the draw are named; honest ones are not, however strong."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.training.experiments.drawn import drawn_trial
from training.columns import CATEGORY, NUMBER, TableColumn
from training.experiments.balance import balance
from training.experiments.leaks import leaks, without_leaks
from training.experiments.trial import Trial

EFFECT = 0.08


def found(trial: Trial, **added: Any) -> dict[str, str]:
    """Why each column is suspected."""
    own = replace(trial, covariates=trial.covariates.assign(**added))
    columns = [
        TableColumn(str(name), NUMBER if own.covariates[name].dtype == float else CATEGORY)
        for name in own.covariates.columns
    ]
    named = leaks(own, columns, balance(own, 1), 1)
    assert set(without_leaks(own, named).covariates) == set(own.covariates) - {
        one.column for one in named
    }
    return {one.column: one.why for one in named}


@pytest.fixture(scope="module")
def trial() -> Trial:
    return drawn_trial(5, rows=4_000, effects=(EFFECT,))


def test_what_stands_for_one_outcome_alone_is_named(trial: Trial) -> None:
    random = np.random.default_rng(1)
    some = (random.random(4_000) < 0.7) * trial.outcome
    assert found(trial, clv=some * random.gamma(2, 50, 4_000)) == {"clv": "one_outcome"}
    assert found(trial, copy=trial.outcome * 2.0) == {"copy": "alone"}
    visit = np.maximum(trial.outcome, random.random(4_000) < 0.3).astype(float)
    assert found(trial, visit=visit) == {"visit": "one_outcome"}


def test_a_rare_level_without_an_event_is_chance(trial: Trial) -> None:
    rare = np.zeros(4_000)
    rare[np.flatnonzero(trial.outcome == 0)[:25]] = 1.0
    assert found(trial, rare=rare) == {}


def test_what_the_outcome_moves_is_named_where_the_arm_has_an_effect(trial: Trial) -> None:
    moved = trial.outcome + np.random.default_rng(2).normal(0, 0.5, 4_000)
    assert found(trial, moved=moved) == {"moved": "follows_outcome"}


def test_the_arm_again_is_named(trial: Trial) -> None:
    random = np.random.default_rng(3)
    opened = ((trial.arm == 1) & (random.random(4_000) < 0.3)).astype(float)
    assert found(trial, opened=opened) == {"opened": "repeats_arm"}
    code = np.where(trial.arm == 1, "A7", "Z1").astype(object)
    assert found(trial, code=code) == {"code": "repeats_arm"}


def test_what_the_arm_changed_is_distinguished_from_arms_that_differ_by_what_goes_with_it() -> None:
    trial = drawn_trial(6, rows=4_000)
    score = trial.covariates["score"].to_numpy()
    minutes = score + 0.5 * trial.arm + np.random.default_rng(4).normal(0, 0.5, 4_000)
    assert found(trial, minutes=minutes) == {"minutes": "changed_by_arm"}
    # The same shift, but because rows with more of it were rather treated.
    before = score + np.random.default_rng(4).normal(0, 0.5, 4_000)
    chance = 1 / (1 + np.exp(-0.5 * before))
    arm = (np.random.default_rng(5).random(4_000) < chance).astype(np.intp)
    assert found(replace(trial, arm=arm), minutes=before) == {}


def test_a_rule_that_assigned_the_arms_is_not_a_leak() -> None:
    trial = drawn_trial(7, rows=4_000)
    other = trial.covariates["other"].to_numpy()
    assert found(replace(trial, arm=(other > 0.3).astype(np.intp))) == {}


def test_strong_honest_columns_are_not_accused() -> None:
    named = Counter[str]()
    for seed in range(24):
        one = drawn_trial(
            seed, rows=1_500, effects=((0.0, 0.1, -0.1)[seed % 3],), amounts=seed % 2 == 1
        )
        random = np.random.default_rng(seed)
        strong = one.outcome - one.outcome[one.arm == 0].mean()
        strong = strong - np.array([0.0, 1.0])[one.arm] * (strong[one.arm == 1].mean() - 0)
        honest = strong / strong.std() + random.normal(0, 0.7, 1_500)
        named.update(list(found(one, honest=honest, last=random.exponential(30, 1_500))))
    assert named.total() <= 1, named


def test_a_column_without_a_value_is_not_accused(trial: Trial) -> None:
    assert found(trial, empty=pd.Series(np.nan, index=trial.covariates.index)) == {}
