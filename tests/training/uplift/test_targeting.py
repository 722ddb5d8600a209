"""AUTOC, its kin and the calibration of effects, by hand and in simulation."""

from __future__ import annotations

import numpy as np
import pytest

from training.uplift.targeting import autoc, calibration_slope, gain_at, qini_rate, tenths

GAINS = np.array([4.0, 2.0, 0.0, -2.0])
ALONE = np.arange(4)


def test_four_rows_by_hand() -> None:
    """The mean is 1; TOC is 4 - 1, 3 - 1, 2 - 1 and 0, so AUTOC is 6 / 4."""
    score = np.array([4.0, 3.0, 2.0, 1.0])
    assert autoc(GAINS, score, ALONE, 1).value == pytest.approx(1.5)
    by_share = (0.25 * 3 + 0.5 * 2 + 0.75 * 1) / 4
    assert qini_rate(GAINS, score, ALONE, 1).value == pytest.approx(by_share)
    assert gain_at(0.5, GAINS, score, ALONE).value == pytest.approx(3)


def test_rows_of_equal_score_have_their_mean_gain() -> None:
    """Two pairs: 3 and 3, then -1 and -1; TOC is 2, 2, 5 / 3 - 1 and 0."""
    score = np.array([1.0, 1.0, 0.0, 0.0])
    assert autoc(GAINS, score, ALONE, 1).value == pytest.approx((2 + 2 + 2 / 3) / 4)
    assert autoc(GAINS, np.zeros(4), ALONE, 1).value == pytest.approx(0)


def test_the_order_of_the_rows_does_not_matter() -> None:
    draw = np.random.default_rng(1)
    gains, score = draw.normal(size=50), draw.random(50).round(1)
    mixed = draw.permutation(50)
    one = autoc(gains, score, np.arange(50), 1).value
    assert autoc(gains[mixed], score[mixed], np.arange(50), 1).value == pytest.approx(one)


def test_tenths_have_predicted_beside_observed() -> None:
    score = np.arange(1000) / 1000
    found = tenths(2 * score, score, np.arange(1000))
    assert [one.rows for one in found] == [100] * 10
    assert found[0].predicted == pytest.approx(0.9495)
    assert found[0].observed.value == pytest.approx(2 * 0.9495)


def test_the_slope_is_one_where_predictions_are_right() -> None:
    draw = np.random.default_rng(2)
    score = draw.normal(size=5000)
    right = calibration_slope(score + draw.normal(size=5000), score, np.arange(5000))
    assert right.low is not None
    assert right.high is not None
    assert right.low < 1 < right.high
    assert calibration_slope(score, np.ones(5000), np.arange(5000)).value is None


def test_the_interval_covers_and_knows_that_clusters_are_single_witnesses() -> None:
    """Without an effect AUTOC is 0; of clusters with one gain each the interval must be wider."""
    draw = np.random.default_rng(3)
    cluster = np.repeat(np.arange(60), 4)
    held, widths = 0, []
    for seed in range(100):
        gains = draw.normal(size=60)[cluster] + 0.3 * draw.normal(size=240)
        score = draw.random(60)[cluster]
        found = autoc(gains, score, cluster, seed)
        alone = autoc(gains, score, np.arange(240), seed)
        assert None not in (found.low, found.high, alone.low, alone.high)
        held += found.low <= 0 <= found.high  # type: ignore[operator]
        widths.append((found.high - found.low) / (alone.high - alone.low))  # type: ignore[operator]
    assert held >= 88
    assert np.median(widths) > 1.5


def test_it_agrees_with_econml() -> None:
    """econml 0.17.0, `calc_uplift` at 400 percentiles: 0.3075 (0.0187) and 0.0990 (0.0052)."""
    draw = np.random.default_rng(11)
    cause = draw.normal(size=4000)
    gains, score = 0.5 * cause + draw.normal(size=4000), cause + draw.normal(size=4000)
    for found, theirs, error in (
        (autoc(gains, score, np.arange(4000), 1), 0.3075, 0.0187),
        (qini_rate(gains, score, np.arange(4000), 1), 0.0990, 0.0052),
    ):
        assert found.value == pytest.approx(theirs, rel=0.01)
        assert found.high is not None
        assert found.high - found.value == pytest.approx(1.96 * error, rel=0.15)  # type: ignore[operator]
