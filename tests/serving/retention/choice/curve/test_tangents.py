"""Points of the curve where capacities bind."""

from __future__ import annotations

import pytest

from serving.retention.choice.curve import tangents
from serving.retention.choice.curve.tangents import at, points, spend_at
from serving.retention.choice.pricing import Priced
from serving.retention.choice.problem import BUDGET, numbered
from serving.retention.choice.relaxation import relax
from tests.serving.retention.choice.cases import operator

PROBLEM, _ = numbered(*operator(1_500))
LAST, THERE = spend_at(PROBLEM, 0.0)


def test_a_finer_curve_has_more_points_and_less_error() -> None:
    coarse, fine = points(PROBLEM, {LAST: THERE}, 0.05), points(PROBLEM, {LAST: THERE}, 0.005)
    assert len(coarse[0]) < len(fine[0])
    assert fine[1] <= 0.005 < coarse[1] <= 0.05


def test_points_end_where_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tangents, "MAX_POINTS", 5)
    found, error = points(PROBLEM, {LAST: THERE}, 1e-6)
    assert len(found) == 5
    assert error > 1e-6, "what is missing is said"


def test_points_stand_at_the_budgets_and_on_tangents_of_each_other() -> None:
    found, _ = points(PROBLEM, {30_000.0: None, LAST: THERE}, 0.02)
    spends = [one.spend for one in found]
    assert spends == sorted(spends)
    assert 30_000.0 in spends
    assert (spends[0], spends[-1]) == (0, LAST)
    for one in found:
        for other in found:
            tangent = one.gain + one.slope * (other.spend - one.spend)
            assert other.gain <= tangent + 1e-6 * other.gain


def test_a_point_is_the_same_from_wherever_it_is_reached() -> None:
    start = relax(PROBLEM).priced.multipliers
    alone, near = at(PROBLEM, 30_000.0, None), at(PROBLEM, 30_000.0, start)
    assert near.gain == pytest.approx(alone.gain, rel=1e-9)


def test_beyond_the_last_spend_nothing_is_brought() -> None:
    assert at(PROBLEM, 2 * LAST, None).gain == pytest.approx(at(PROBLEM, LAST, None).gain, rel=1e-3)
    assert at(PROBLEM, 2 * LAST, None).slope == 0


@pytest.mark.parametrize("bar", [0.0, 0.5, 2.0])
def test_the_multipliers_where_spending_stops_are_those_of_that_point(bar: float) -> None:
    spend, near = spend_at(PROBLEM, bar)
    alone = at(PROBLEM, spend, None)
    assert at(PROBLEM, spend, near).gain == pytest.approx(alone.gain, rel=1e-9)
    limit = PROBLEM.limit.copy()
    limit[BUDGET] = spend
    own = Priced(PROBLEM._replace(limit=limit), near)
    assert own.bound_fen == pytest.approx(alone.gain, rel=2e-3), "a bound, and a near one"
    assert own.bound_fen >= alone.gain * (1 - 1e-9)


def test_a_higher_bar_stops_earlier() -> None:
    spends = [spend_at(PROBLEM, bar)[0] for bar in (0.0, 0.5, 2.0, 1e9)]
    assert spends == sorted(spends, reverse=True)
    assert spends[-1] == 0
