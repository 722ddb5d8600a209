"""Intervals over customers."""

from __future__ import annotations

import numpy as np
import pytest

from training.statistics.logistic import Floats
from training.statistics.resamples import Key, intervals


def test_every_draw_is_as_large_as_the_base() -> None:
    sizes: list[float] = []

    def statistics(times: Floats) -> dict[Key, float | None]:
        sizes.append(times.sum())
        return {}

    intervals(statistics, customers=7, draws=25, seed=1)
    assert sizes == [7.0] * 25


def test_the_interval_of_a_mean_is_that_of_the_textbook() -> None:
    random = np.random.default_rng(1)
    values = random.normal(10, 2, 400)

    def statistics(times: Floats) -> dict[Key, float | None]:
        return {("mean",): float(np.average(values, weights=times))}

    bounds = intervals(statistics, customers=400, draws=2000, seed=2)[("mean",)]
    error = 1.96 * values.std() / np.sqrt(400)
    assert bounds == pytest.approx([values.mean() - error, values.mean() + error], abs=0.03)


def test_a_figure_that_is_null_in_one_draw_has_no_interval() -> None:
    def statistics(times: Floats) -> dict[Key, float | None]:
        return {("first",): float(times[0]), ("known",): times[0] or None}

    found = intervals(statistics, customers=3, draws=40, seed=1)
    assert found[("known",)] is None
    assert found[("first",)] is not None


def test_the_seed_decides() -> None:
    def statistics(times: Floats) -> dict[Key, float | None]:
        return {("x",): float(times @ np.arange(50))}

    one, again, other = (intervals(statistics, 50, 30, seed) for seed in (1, 1, 2))
    assert one == again != other
