"""Metrics against hand values, scikit-learn and scipy, and the laws of weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from training.statistics.logistic import Refit, fit_logistic, log_odds, probability
from training.statistics.metrics import Floats, auc
from training.statistics.ranking import MEASURES, rank

Metric = Callable[[Floats, Floats, Floats], float | None]


def metric(name: str) -> Metric:
    return lambda churned, risk, weight: MEASURES[name](rank(churned, risk).weigh(weight))


def lift_at(share: float, churned: Floats, risk: Floats, weight: Floats) -> float | None:
    return rank(churned, risk).weigh(weight).lift_at(share)


def precision_at(share: float, churned: Floats, risk: Floats, weight: Floats) -> float | None:
    return rank(churned, risk).weigh(weight).precision_at(share)


METRICS = {name: metric(name) for name in MEASURES}
average_precision, top_decile_lift = metric("average_precision"), metric("top_decile_lift")
calibration_slope, brier_skill = metric("calibration_slope"), metric("brier_skill")
observed_over_expected = metric("observed_over_expected")
top_decile_observed_over_expected = metric("top_decile_observed_over_expected")
CHURNED = np.array([1.0, 0, 1, 0, 0, 0, 0, 1, 0, 0])
RISK = np.array([0.9, 0.8, 0.7, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05])
ONES = np.ones(10)
# Churners seen over churners expected exist where no row left, or every one.
KNOWN_WHERE_ALL_ARE_ALIKE = {"observed_over_expected", "top_decile_observed_over_expected"}


def drawn(n: int = 400, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Churned, risk in steps of a twentieth (so that there are ties), and whole weights."""
    random = np.random.default_rng(seed)
    risk = random.integers(1, 20, n) / 20
    churned = (random.random(n) < risk**1.5).astype(float)
    return churned, risk, random.integers(0, 4, n).astype(float)


def test_metrics_have_the_values_counted_by_hand() -> None:
    # Churners stand at places 1, 3 and 8 of 10: 7, 6 and 2 of 7 stayers are below them.
    assert auc(CHURNED, RISK, ONES) == pytest.approx(15 / 21)
    assert average_precision(CHURNED, RISK, ONES) == pytest.approx((1 / 1 + 2 / 3 + 3 / 8) / 3)
    assert top_decile_lift(CHURNED, RISK, ONES) == pytest.approx(1 / 0.3)
    assert lift_at(0.3, CHURNED, RISK, ONES) == pytest.approx((2 / 3) / 0.3)
    assert lift_at(0.25, CHURNED, RISK, ONES) == pytest.approx((1.5 / 2.5) / 0.3)
    assert lift_at(1.0, CHURNED, RISK, ONES) == pytest.approx(1)
    assert precision_at(0.1, CHURNED, RISK, ONES) == pytest.approx(1)
    assert precision_at(0.25, CHURNED, RISK, ONES) == pytest.approx(1.5 / 2.5)
    assert observed_over_expected(CHURNED, RISK, ONES) == pytest.approx(3 / RISK.sum())
    assert top_decile_observed_over_expected(CHURNED, RISK, ONES) == pytest.approx(1 / 0.9)
    own, base = np.mean((CHURNED - RISK) ** 2), 0.3 * 0.7
    assert brier_skill(CHURNED, RISK, ONES) == pytest.approx(1 - own / base)


def test_metrics_agree_with_scipy_and_scikit_learn() -> None:
    churned, risk, _ = drawn()
    ones = np.ones(len(risk))
    pairs = churned.sum() * (1 - churned).sum()
    statistic = mannwhitneyu(risk[churned == 1], risk[churned == 0]).statistic
    assert auc(churned, risk, ones) == pytest.approx(statistic / pairs)
    assert average_precision(churned, risk, ones) == pytest.approx(
        average_precision_score(churned, risk)
    )
    reference = LogisticRegression(C=np.inf, tol=1e-10).fit(log_odds(risk)[:, None], churned)
    assert calibration_slope(churned, risk, ones) == pytest.approx(reference.coef_[0, 0], rel=1e-4)
    base = brier_score_loss(churned, np.full_like(risk, churned.mean()))
    assert brier_skill(churned, risk, ones) == pytest.approx(
        1 - brier_score_loss(churned, risk) / base
    )


def pairs_won(churned: np.ndarray, risk: np.ndarray, weight: np.ndarray) -> float:
    """The AUC by its definition: over all pairs of a churner and a stayer."""
    left, stayed = churned == 1, churned == 0
    won = np.sign(risk[left][:, None] - risk[stayed][None, :]) / 2 + 0.5
    together = weight[left][:, None] * weight[stayed][None, :]
    return float((won * together).sum() / together.sum())


@pytest.mark.parametrize("seed", range(4))
def test_ranking_agrees_with_scikit_learn_and_the_definition_under_weights_and_ties(
    seed: int,
) -> None:
    churned, risk, weight = drawn(seed=seed)
    found = auc(churned, risk, weight)
    assert found == pytest.approx(roc_auc_score(churned, risk, sample_weight=weight))
    assert found == pytest.approx(pairs_won(churned, risk, weight))
    assert average_precision(churned, risk, weight) == pytest.approx(
        average_precision_score(churned, risk, sample_weight=weight)
    )


def test_logistic_regression_agrees_with_scikit_learn_under_weights() -> None:
    churned, risk, weight = drawn(seed=2)
    score = 3 * risk - 1
    reference = LogisticRegression(C=np.inf, tol=1e-10).fit(
        score[:, None], churned, sample_weight=weight
    )
    assert fit_logistic(score, churned, weight) == pytest.approx(
        (reference.intercept_[0], reference.coef_[0, 0]), rel=1e-4
    )


@pytest.mark.parametrize("name", METRICS)
def test_a_weight_is_a_repetition_of_the_row(name: str) -> None:
    churned, risk, weight = drawn(seed=3)
    times = weight.astype(int)
    repeated = METRICS[name](np.repeat(churned, times), np.repeat(risk, times), np.ones(sum(times)))
    assert METRICS[name](churned, risk, weight) == pytest.approx(repeated, rel=1e-8)


@pytest.mark.parametrize("name", METRICS)
def test_the_order_of_the_rows_changes_nothing(name: str) -> None:
    random = np.random.default_rng(4)
    risk = random.permutation(np.linspace(0.01, 0.9, 300))
    churned = (random.random(300) < risk).astype(float)
    mixed = random.permutation(300)
    ones = np.ones(300)
    assert METRICS[name](churned[mixed], risk[mixed], ones) == pytest.approx(
        METRICS[name](churned, risk, ones), rel=1e-9
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 9)), min_size=3, max_size=40).filter(
        lambda rows: 0 < sum(left for left, _ in rows) < len(rows)
    )
)
def test_a_longer_list_never_catches_fewer(rows: list[tuple[bool, int]]) -> None:
    churned = np.array([float(left) for left, _ in rows])
    risk = np.array([place / 10 for _, place in rows])
    ones = np.ones(len(rows))
    shares = np.linspace(0.05, 1, 20)
    caught = [share * (lift_at(share, churned, risk, ones) or 0) for share in shares]
    assert np.diff(caught).min() > -1e-12
    assert caught[-1] == pytest.approx(1)


@pytest.mark.parametrize("seed", range(3))
def test_a_fit_from_near_is_the_fit_from_afar(seed: int) -> None:
    churned, risk, weight = drawn(seed=seed)
    score = log_odds(risk)
    near = Refit(score, churned).under(weight)
    assert near == pytest.approx(fit_logistic(score, churned, weight), rel=1e-7)


def test_where_the_whole_fit_is_far_off_the_fit_begins_again() -> None:
    score = np.array([-2.0, -1, 0, 1, 2, 3])
    churned = np.array([0.0, 0, 0, 1, 1, 0])
    weight = np.array([1.0, 1, 1, 1, 1, 0])  # without the last row the score parts them
    assert Refit(score, churned).under(weight) == fit_logistic(score, churned, weight)


def test_a_ranking_is_sorted_once_and_judged_by_many_weights() -> None:
    churned, risk, _ = drawn(seed=7)
    ranking = rank(churned, risk)
    for seed in range(5):
        weight = np.random.default_rng(seed).integers(0, 4, len(risk)).astype(float)
        weighed = ranking.weigh(weight)
        for name, measure in MEASURES.items():
            assert measure(weighed) == METRICS[name](churned, risk, weight)


def test_equal_risks_keep_their_order_in_a_list() -> None:
    tied = np.full(4, 0.3)
    assert lift_at(0.25, np.array([1.0, 0, 0, 0]), tied, np.ones(4)) == 4
    assert lift_at(0.25, np.array([0.0, 0, 0, 1]), tied, np.ones(4)) == 0


@pytest.mark.parametrize("name", sorted(set(METRICS) - KNOWN_WHERE_ALL_ARE_ALIKE))
@pytest.mark.parametrize("everyone", [0.0, 1.0])
def test_where_all_fared_alike_a_metric_is_null(name: str, everyone: float) -> None:
    alike = np.full(5, everyone)
    assert METRICS[name](alike, np.linspace(0.1, 0.9, 5), np.ones(5)) is None


@pytest.mark.parametrize("name", METRICS)
def test_without_rows_a_metric_is_null(name: str) -> None:
    nothing = np.empty(0)
    assert METRICS[name](nothing, nothing, nothing) is None


def test_a_row_without_weight_changes_nothing() -> None:
    churned, risk = np.array([1.0, 0, 0, 1]), np.array([0.2, 0.2, 0.2, 0.9])
    weight = np.array([1.0, 1, 1, 0])
    assert calibration_slope(churned, risk, weight) is None
    assert auc(churned, risk, np.array([0.0, 1, 1, 0])) is None


def test_none_churned_is_none_of_the_expected() -> None:
    assert observed_over_expected(np.zeros(4), np.full(4, 0.1), np.ones(4)) == 0


def test_risks_too_extreme_have_a_slope_below_one_and_too_timid_above() -> None:
    random = np.random.default_rng(5)
    score = random.normal(-2, 1, 20_000)
    churned = (random.random(20_000) < probability(score)).astype(float)
    ones = np.ones(20_000)
    for factor in (0.5, 1, 2):
        slope = calibration_slope(churned, probability(factor * score), ones)
        assert slope == pytest.approx(1 / factor, rel=0.06)


@pytest.mark.parametrize("scale", [1e-3, 1, 20, 1e3])
def test_a_score_that_parts_all_churners_from_all_stayers_does_not_hang(scale: float) -> None:
    score = scale * np.array([-3.0, -2, -1, 1, 2, 3])
    churned = (score > 0).astype(float)
    intercept, slope = fit_logistic(score, churned, np.ones(6))
    assert np.isfinite([intercept, slope]).all()
    assert slope > 0
    assert calibration_slope(churned, probability(np.clip(score, -30, 30)), np.ones(6)) is not None


def test_log_odds_and_probability_undo_each_other_and_stay_finite() -> None:
    risk = np.array([1e-8, 0.1, 0.5, 0.999])
    assert probability(log_odds(risk)) == pytest.approx(risk)
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
    assert probability(np.array([-1e4, 0, 1e4])) == pytest.approx([0, 0.5, 1])
