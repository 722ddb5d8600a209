"""The regression under every learner: noise leaves the mean, a signal is kept."""

from __future__ import annotations

import numpy as np
import pytest

from training.uplift.learners.boosting import Table, boost, shrunk_slope


def table(rows: int, seed: int = 1) -> Table:
    draw = np.random.default_rng(seed)
    matrix = draw.normal(size=(rows, 4)).astype(np.float32)
    matrix[:, 3] = draw.integers(0, 5, rows)
    matrix[draw.random(rows) < 0.1, 0] = np.nan
    return Table(matrix, [3], np.arange(rows) % 3, seed)


def test_a_signal_is_kept_and_predicted_for_rows_not_seen() -> None:
    fit, later = table(3000), table(3000, 2)
    target = np.where(fit.matrix[:, 1] > 0, 1.0, -1.0) + np.where(fit.matrix[:, 3] == 2, 1, 0)
    truth = np.where(later.matrix[:, 1] > 0, 1.0, -1.0) + np.where(later.matrix[:, 3] == 2, 1, 0)
    noise = np.random.default_rng(3).normal(size=3000)
    found = boost(fit, target + noise)
    assert np.corrcoef(found.predict(later.matrix), truth)[0, 1] > 0.95
    assert found.slope > 0.9


def test_noise_leaves_the_mean() -> None:
    slopes = []
    for seed in range(20):
        noise = np.random.default_rng(seed + 100).normal(size=300)
        found = boost(table(300, seed), 5 + noise)
        slopes.append(float(found.predict(table(300, seed + 50).matrix).std()))
    assert np.median(slopes) < 0.1, slopes


def test_an_event_has_probabilities_and_each_row_one_by_others() -> None:
    fit = table(2000)
    chance = np.where(fit.matrix[:, 2] > 0, 0.7, 0.2)
    event = (np.random.default_rng(4).random(2000) < chance).astype(float)
    found = boost(fit, event, is_event=True)
    assert found.own == pytest.approx(chance, abs=0.2)
    one = fit.fold == 1
    assert found.own[one] == pytest.approx(found.predict(fit.matrix[one], member=1))


def test_a_slope_lies_between_nothing_and_one() -> None:
    moved = np.array([-1.0, 1.0, -1.0, 1.0] * 10)
    assert shrunk_slope(3 * moved, moved) == 1
    assert shrunk_slope(-moved, moved) == 0
    assert shrunk_slope(moved, np.zeros(40)) == 0
    draw = np.random.default_rng(5).normal(size=40)
    weak = shrunk_slope(0.3 * moved + draw, moved)
    assert 0 <= weak < 0.6
