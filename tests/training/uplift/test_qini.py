"""The Qini curve by hand and by scikit-uplift."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.training.uplift.worlds import world
from training.experiments.trial import Trial
from training.uplift.qini import compared, qini_coefficient, qini_curve, uplift_at

OUTCOME = np.array([1, 0, 1, 1, 0, 0, 1, 0, 1, 0], dtype=float)
ARM = np.array([1, 0, 1, 0, 1, 0, 1, 1, 0, 0])
SCORE = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.1])


def trial(propensity: tuple[float, float] = (0.5, 0.5), arm: np.ndarray = ARM) -> Trial:
    return Trial(
        arms=("none", "call"),
        arm=arm,
        propensity=np.tile(propensity, (10, 1)),
        outcome=OUTCOME,
        worth=OUTCOME,
        cost=np.zeros((10, 2)),
        covariates=pd.DataFrame({"x": SCORE}),
    )


def test_ten_rows_give_the_curve_of_scikit_uplift() -> None:
    """Computed by scikit-uplift 0.5.1; the fourth point by hand: 2 - 1 x 2 / 2."""
    counts, brought = qini_curve(compared(trial(), 1, SCORE))
    assert counts.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 10]
    assert brought == pytest.approx([0, 1, 1, 2, 1, 0.5, 1, 5 / 3, 4 / 3, 1])
    assert qini_coefficient(compared(trial(), 1, SCORE)) == pytest.approx(1 / 3)
    assert uplift_at(0.3, compared(trial(), 1, SCORE)) == pytest.approx(1.0)


def test_a_propensity_that_is_the_same_for_all_changes_nothing() -> None:
    assert qini_coefficient(compared(trial((0.9, 0.1)), 1, SCORE)) == pytest.approx(1 / 3)


def test_the_best_order_has_the_coefficient_one_and_its_reverse_less_than_zero() -> None:
    best = np.where(ARM == 1, OUTCOME, -OUTCOME)
    assert qini_coefficient(compared(trial(), 1, best)) == pytest.approx(1)
    reverse = qini_coefficient(compared(trial(), 1, -best))
    assert reverse is not None
    assert reverse < 0


def test_an_arm_without_rows_among_the_best_has_no_uplift() -> None:
    assert uplift_at(0.1, compared(trial(), 1, SCORE)) is None


def test_weights_undo_a_draw_that_preferred_some_rows() -> None:
    """Contact changes nothing here, but good payers were contacted more often."""
    draw = np.random.default_rng(5)
    good = draw.random(40_000) < 0.5
    share = np.where(good, 0.8, 0.2)
    arm = (draw.random(40_000) < share).astype(int)
    outcome = (draw.random(40_000) < np.where(good, 0.6, 0.2)).astype(float)
    one = Trial(
        arms=("none", "call"), arm=arm, propensity=np.column_stack([1 - share, share]),
        outcome=outcome, worth=outcome, cost=np.zeros((40_000, 2)),
        covariates=pd.DataFrame({"good": good}),
    )  # fmt: skip
    score = draw.random(40_000)
    naive = replace(one, propensity=np.full((40_000, 2), 0.5))
    weighed, plain = (uplift_at(1.0, compared(each, 1, score)) for each in (one, naive))
    assert weighed == pytest.approx(0, abs=0.02)
    assert plain == pytest.approx(0.24, abs=0.03)


def test_it_agrees_with_scikit_uplift_where_that_is_installed() -> None:
    """Arms of unequal size, one of several offers, scores with ties."""
    metrics = pytest.importorskip("sklift.metrics", reason="scikit-uplift is not installed")
    one = world(3, 3000, 3).trial
    score = np.round(world(3, 3000, 3).chance[:, 2] - world(3, 3000, 3).chance[:, 0], 2)
    rows = compared(one, 2, score)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = rows.outcome, rows.score, rows.treated.astype(int)
        counts, brought = metrics.qini_curve(*given)
        assert metrics.qini_auc_score(*given) == pytest.approx(qini_coefficient(rows))
        distinct = np.random.default_rng(1).permutation(3000).astype(float)
        rows = compared(one, 2, distinct)
        top = metrics.uplift_at_k(
            rows.outcome, rows.score, rows.treated.astype(int), strategy="overall", k=0.3
        )
    ours = qini_curve(compared(one, 2, score))
    assert ours[0] == pytest.approx(counts)
    assert ours[1] == pytest.approx(brought)
    assert uplift_at(0.3, rows) == pytest.approx(top)
