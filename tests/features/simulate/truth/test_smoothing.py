"""Smoothing takes noise away and leaves the mean."""

from __future__ import annotations

import numpy as np

from features.simulate.truth.smoothing import smoothed


def test_smoothing_comes_closer_to_the_truth_and_keeps_the_mean() -> None:
    rng = np.random.default_rng(1)
    known = np.column_stack([np.ones(2000), rng.random(2000)])
    truth = 0.01 + 0.05 * known[:, 1] + 0.002 * rng.random(2000)
    played = truth * rng.exponential(size=(8, 2000))
    better, plain = smoothed(played, known), played.mean(axis=0)
    assert np.mean((better - truth) ** 2) < 0.2 * np.mean((plain - truth) ** 2)
    assert np.isclose(better.mean(), plain.mean())


def test_without_noise_nothing_is_smoothed() -> None:
    rng = np.random.default_rng(1)
    known = np.column_stack([np.ones(500), rng.random(500)])
    truth = 0.02 + 0.01 * rng.random(500)
    assert np.allclose(smoothed(np.tile(truth, (4, 1)), known), truth)


def test_few_customers_keep_their_plain_mean() -> None:
    played = np.array([[0.1, 0.3], [0.3, 0.1]])
    assert np.allclose(smoothed(played, np.ones((2, 1))), [0.2, 0.2])
