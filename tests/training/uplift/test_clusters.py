"""Customers drawn together, and propensities that differ from row to row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.training.uplift.worlds import world
from training.experiments.trial import Trial
from training.uplift.contest import contest
from training.uplift.learners.effects import fit
from training.uplift.policies import NOBODY


def families(trial: Trial, size: int) -> Trial:
    """Every row `size` times, as one cluster: copies bring no information."""
    again = trial.rows(np.repeat(np.arange(len(trial.arm)), size))
    return replace(again, cluster=np.repeat(np.arange(len(trial.arm)), size))


def test_copies_of_customers_do_not_make_a_contest_surer() -> None:
    """The same rows twice: the width of the intervals stays, where they are known as copies.

    Taken for different customers they would narrow it by a third.
    """
    one = world(7, 500, 2, "alike").trial
    widths = {}
    for name, trial in {
        "once": one,
        "copies": families(one, 2),
        "taken for others": replace(families(one, 2), cluster=None),
    }.items():
        gain = contest(trial, seed=1).policies[1].gain_over_nobody
        assert gain.high is not None
        assert gain.low is not None
        widths[name] = gain.high - gain.low
    assert widths["copies"] == pytest.approx(widths["once"], rel=0.15)
    assert widths["taken for others"] < 0.8 * widths["once"]


def stratified(rows: int, seed: int) -> Trial:
    """Contact adds 0.2 for all; the good half, which stays anyway, was contacted more often."""
    draw = np.random.default_rng(seed)
    good = draw.random(rows) < 0.5
    share = np.where(good, 0.8, 0.2)
    arm = (draw.random(rows) < share).astype(np.intp)
    outcome = (draw.random(rows) < np.where(good, 0.7, 0.1) + 0.2 * arm).astype(float)
    return Trial(
        arms=("none", "call"), arm=arm, propensity=np.column_stack([1 - share, share]),
        outcome=outcome, worth=10 * outcome, cost=np.tile([0.0, 0.5], (rows, 1)),
        covariates=pd.DataFrame({"other": draw.normal(size=rows)}),
    )  # fmt: skip


def test_a_draw_that_preferred_some_customers_does_not_bend_the_effect() -> None:
    """What the propensity depends on is not even among the covariates; naively it were 0.56."""
    trial = stratified(6000, 1)
    assert fit(trial, 1).mean[1] == pytest.approx(0.2, abs=0.05)
    gain = contest(trial, seed=1).policies[1].gain_over_nobody
    assert gain.value == pytest.approx(1.5, abs=0.5)


def test_an_arm_that_some_could_not_draw_is_not_proposed_to_them() -> None:
    trial = stratified(2000, 2)
    never = np.arange(2000) % 2 == 0
    trial = replace(
        trial,
        arm=np.where(never, 0, trial.arm),
        propensity=np.where(never[:, None], [1.0, 0.0], trial.propensity),
    )
    found = contest(trial, seed=1)
    assert found.policies[0].name == NOBODY
    assert max(policy.treated_share for policy in found.policies) == pytest.approx(0.5)
