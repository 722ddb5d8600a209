"""The contest in many random worlds: causes, signs, sizes and noise of effects are drawn."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from tests.training.uplift.worlds import World, world
from training.uplift.contest import contest, judge
from training.uplift.learners.boosting import Table, boost
from training.uplift.policies import LEARNED, NOBODY
from training.uplift.proposals import Proposals, propose

pytestmark = pytest.mark.slow(minutes=3)


def true_gains(one: World, proposals: Proposals) -> dict[str, float]:
    """What each policy truly gains a customer over no contact."""
    shares = proposals.shares.items()
    return {name: float((own * one.gain).sum(axis=1).mean()) for name, own in shares}


def oracle(one: World) -> float:
    """What the best arm for each customer gains."""
    return float(one.gain.max(axis=1).mean())


def test_the_recommended_policy_gains_nearly_what_the_oracle_does() -> None:
    """12 worlds of 40,000 rows in which contact gains something: 90 % of it in the median."""
    ratios, behind = [], []
    for seed in range(12):
        one = world(seed + 200, 40_000, 2, ("mixed", "alike", "mixed", "few")[seed % 4])
        if oracle(one) < 0.01 * one.profit[:, 0].mean():
            continue  # there is nothing to gain
        proposals = propose(one.trial, 1, None, None, {})
        gains, found = true_gains(one, proposals), judge(one.trial, proposals, 1)
        own = gains[found.recommended or NOBODY]
        ratios.append(own / oracle(one))
        simple = max(gain for name, gain in gains.items() if name not in LEARNED)
        behind.append((simple - own) / oracle(one))
    assert len(ratios) > 6
    assert np.median(ratios) >= 0.9, sorted(ratios)
    assert np.quantile(behind, 0.9) < 0.1, sorted(behind)


@pytest.mark.parametrize("arms", [2, 3])
def test_nothing_is_spent_where_every_offer_harms(arms: int) -> None:
    for seed in range(15):
        one = world(seed, 4000, arms, "harm")
        assert contest(one.trial, seed=1).recommended in (NOBODY, None), seed


@pytest.mark.parametrize("costs", [True, False])
def test_worlds_without_an_effect_recommend_no_contact(costs: bool) -> None:
    """95 % of 40 worlds; by the intervals it should be more, since one side of them alone errs."""
    right = 0
    for seed in range(40):
        trial = world(seed, 1500, 2, "null").trial
        trial = trial if costs else replace(trial, cost=np.zeros(trial.cost.shape))
        right += contest(trial, seed=1).recommended in (NOBODY, None)
    assert right >= 38


@pytest.mark.parametrize(("rows", "arms", "fits"), [(64_000, 3, 25), (10_000, 2, 12)])
def test_it_takes_no_longer_than_some_fits(rows: int, arms: int, fits: float) -> None:
    """By processor time, against one cross-fitted regression of the same rows in the same run."""
    trial = world(5, rows, arms).trial
    numbers = trial.covariates.select_dtypes("number").to_numpy(np.float32)
    table = Table(numbers, [], np.arange(rows) % 5, 1)
    began = time.process_time()
    boost(table, np.asarray(trial.outcome, dtype=float), is_event=True)
    one = time.process_time() - began
    began = time.process_time()
    contest(trial, seed=1)
    assert time.process_time() - began < fits * one
