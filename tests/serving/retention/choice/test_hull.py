"""The steps of customers' hulls by hand, and in threads."""

from __future__ import annotations

import numpy as np
import pytest

from serving.retention.choice import pricing
from serving.retention.choice.hull import slope_at, steps
from serving.retention.choice.options import Limits, Options
from serving.retention.choice.problem import numbered
from tests.serving.retention.choice.cases import ARMS, operator


def steps_of(rows: list[tuple[int, int, float, int]]) -> list[tuple[float, float]]:
    spend, gain = steps(numbered(Options.of(rows, ARMS), Limits())[0])
    return list(zip(spend.tolist(), gain.tolist(), strict=True))


def test_what_lies_below_the_hull_has_no_step() -> None:
    # (10, 20) lies below the line from nothing to (20, 60); (30, 65) above all.
    found = steps_of([(0, 0, 20.0, 10), (0, 1, 60.0, 20), (0, 2, 65.0, 30)])
    assert found == [(0, 0), (20, 60), (30, 65)]


def test_of_the_same_cost_the_larger_gain_counts() -> None:
    assert steps_of([(0, 0, 9.0, 0), (0, 1, 7.0, 0), (0, 2, 8.0, 5)]) == [(0, 0), (0, 9)]
    assert steps_of([(0, 0, 7.0, 0), (0, 1, 9.0, 0)]) == [(0, 0), (0, 9)]
    assert steps_of([(0, 0, 7.0, 3), (0, 1, 9.0, 3), (0, 2, 9.0, 2)]) == [(0, 0), (2, 9)]


def test_steps_of_all_customers_come_by_gain_a_fen() -> None:
    found = steps_of([(0, 0, 20.0, 10), (0, 1, 30.0, 20), (1, 0, 15.0, 10), (2, 0, -5.0, 0)])
    assert found == [(0, 0), (10, 20), (20, 35), (30, 45)]


def test_threads_do_not_change_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, _ = numbered(*operator(999))
    alone = steps(problem)
    monkeypatch.setattr(pricing, "ROWS_ALONE", 10)
    together = steps(problem)
    assert all(np.array_equal(*two) for two in zip(alone, together, strict=True))


@pytest.mark.parametrize(
    ("budget", "slope"), [(0, 9.0), (9, 9.0), (10, 5.0), (19, 5.0), (20, 0.2), (40, 0.0), (99, 0.0)]
)
def test_the_slope_is_that_of_the_step_that_does_not_fit_whole(budget: int, slope: float) -> None:
    rows = [(0, 0, 90.0, 10), (1, 0, 50.0, 10), (2, 0, 4.0, 20), (3, 1, 7.0, 0)]
    problem, _ = numbered(Options.of(rows, ARMS), Limits())
    assert slope_at(problem, budget) == slope
